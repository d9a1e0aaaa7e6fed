"""Vocabularies, themes and the municipality's own facts: the small data files beside the layer definitions."""

from __future__ import annotations

from collections import Counter

from pydantic import Field, model_validator

from geoplatform.layers.definition import Colour, LayerId, Model, Text


class Counted(Model):
    """How things of one kind are counted. uk: after one, two and five (1 аптека, 3 аптеки, 12 аптек); en: one and many."""

    uk: tuple[str, str, str]
    en: tuple[str, str]


class Term(Model):
    """One term: its code is what is stored and served, its title what people read.

    matches: values of sources that mean this term (OSM tags, register words), compared without case.
    broader: code of the wider term.
    source: where the term is defined (a standard's clause, a law).
    counted: the forms after a number; without them a sentence names the title and the number apart.
    """

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    title: Text
    definition: Text | None = None
    broader: str | None = None
    matches: list[str] = Field(default_factory=list)
    source: str | None = None
    icon: str | None = None
    counted: Counted | None = None


class Vocabulary(Model):
    """A closed list of terms, a file in layers/vocabularies/<id>.yaml."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")
    title: Text
    source: str | None = None
    terms: list[Term] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Vocabulary:
        codes = Counter(term.code for term in self.terms)
        twice = sorted(code for code, times in codes.items() if times > 1)
        if twice:
            raise ValueError(f"term named twice: {', '.join(twice)}")
        lost = sorted({t.broader for t in self.terms if t.broader is not None and t.broader not in codes})
        if lost:
            raise ValueError(f"broader names no term: {', '.join(lost)}")
        return self


class Theme(Model):
    """A group of layers on the map; layers/themes.yaml holds the list in its order."""

    id: LayerId
    title: Text
    description: Text | None = None
    icon: str | None = None
    colour: Colour = "#1d70b8"


class Municipality(Model):
    """The community this installation serves, layers/municipality.yaml.

    bounds: name -> [west, south, east, north] in degrees, WGS 84; `community` and `region` are expected.
    centre: [longitude, latitude]; local_crs: EPSG codes that its surveyors use.
    """

    name: Text
    short_name: Text
    katottg: str = Field(pattern=r"^UA\d{17}$")
    centre: tuple[float, float]
    zoom: float = 12
    bounds: dict[str, tuple[float, float, float, float]]
    local_crs: list[int]
    contact_email: str | None = None
    website: str | None = None
    emergency_phone: str = "112"
