"""What an indicator is: the one model that shipped files, the staff page and the database share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from geoplatform.layers.definition import LayerId, Level, Model, Text

#: What a value says. Counts and amounts grow with the area's size and are drawn as symbols, shares and rates as filled areas.
Kind = Literal["count", "amount", "share", "rate"]
BY_SYMBOL: tuple[Kind, ...] = ("count", "amount")

IndicatorId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]


class Indicator(Model):
    """One indicator.

    areas: the layer whose features the values belong to. decimals: how many are shown. publication: the widest level that may see
    it; it is never wider than that of `areas`. population: its values are numbers of residents, which reach is counted by.
    values: for shipped ones, the table beside the definition. is_demo: made up to show how the platform works.
    """

    id: IndicatorId
    title: Text
    description: Text
    unit: Text
    decimals: int = Field(default=0, ge=0, le=6)
    kind: Kind
    areas: LayerId
    publication: Level = Level.public
    population: bool = False
    source: Text
    source_url: str | None = Field(default=None, pattern=r"^https?://[^\s\"'<>]+$", max_length=500)
    licence: str = Field(min_length=1, max_length=100)
    is_demo: bool = False
    values: str | None = Field(default=None, pattern=r"^[a-z0-9_/]+\.(csv|xlsx)$")

    @field_validator("publication")
    @classmethod
    def _served(cls, level: Level) -> Level:
        if level is Level.restricted:
            raise ValueError("an indicator that nobody may see is not kept here: use public, registered or staff")
        return level

    @property
    def by_symbol(self) -> bool:
        """Whether it is drawn as symbols in proportion to the values rather than as filled areas."""
        return self.kind in BY_SYMBOL

    @property
    def least(self) -> float | None:
        """The least value that makes sense, None when there is none."""
        return 0.0 if self.kind in ("count", "share") else None

    @property
    def most(self) -> float | None:
        """The greatest value that makes sense, None when there is none."""
        return 100.0 if self.kind == "share" else None
