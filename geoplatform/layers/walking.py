"""Walking: which layer's lines are the street network, who may walk where, and how fast (layers/walking.yaml)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geoplatform.layers.definition import AttributeName, LayerId, Model

Value = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_:-]{0,62}$")]


class Network(Model):
    """The layer whose lines are ways, and its attributes that hold OpenStreetMap's tags of the same names."""

    layer: LayerId
    highway: AttributeName
    foot: AttributeName | None = None
    access: AttributeName | None = None
    wheelchair: AttributeName | None = None


class Gait(Model):
    """How somebody gets on. speed: metres a second. steps: whether stairs and ways marked `wheelchair=no` can be used."""

    speed: float = Field(ge=0.1, le=3)
    steps: bool = True
    source: str = Field(min_length=1)


class Walking(Model):
    """The file layers/walking.yaml.

    barred: classes of ways that nobody walks unless `foot` has one of `opened_by`. closed_by: values of `foot`, or of `access`
    where `foot` opens nothing, that close a way. usual: the gait of who has chosen no profile; gaits: by profile.
    """

    network: Network | None = None
    barred: list[Value] = Field(default_factory=list)
    opened_by: list[Value] = Field(default_factory=list)
    closed_by: list[Value] = Field(default_factory=list)
    usual: Gait = Gait(speed=1.3, source="default")
    gaits: dict[str, Gait] = Field(default_factory=dict)

    def gait(self, profile: str) -> Gait:
        """Return how somebody of `profile` ("" for none) gets on."""
        return self.gaits.get(profile, self.usual)
