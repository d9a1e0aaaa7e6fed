"""Demonstration facilities: kinds, opening hours, accessibility and state as varied as real ones, names that can't mislead."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from geoplatform.layers.demo.ground import Feature, Street, pick_address, record

#: What a survey of a building may find in place or missing; codes of the vocabulary accessibility_features.
FEATURES = (
    "step_free_entrance", "ramp", "wide_doorway", "handrails", "accessible_toilet", "accessible_parking", "call_button",
    "low_counter", "tactile_paving", "contrast_marking", "lift", "induction_loop", "sign_language", "guide_dog",
)  # fmt: skip

DAYTIME = ("Mo-Fr 08:00-17:00", "Mo-Fr 09:00-18:00; Sa 09:00-14:00", "Mo-Th 08:00-17:15; Fr 08:00-16:00")
SHOPS = ("24/7", "Mo-Su 08:00-21:00", "Mo-Fr 08:00-20:00; Sa-Su 09:00-18:00", "Mo-Sa 09:00-19:00; PH off")
VISITS = ("Tu-Su 10:00-18:00", "We-Su 10:00-19:00; PH off", "Mo-Fr 09:00-18:00; Sa 10:00-16:00")


@dataclass(frozen=True)
class Kind:
    """A kind of facility: term of facility_categories, its name in both languages, how many, hours to choose from."""

    category: str
    uk: str
    en: str
    count: int
    hours: tuple[str, ...] = DAYTIME


#: Layer -> its kinds. Layers on which a life may depend are not here, and a test keeps it so.
FACILITIES: dict[str, tuple[Kind, ...]] = {
    "health": (
        Kind("hospital", "Демонстраційна лікарня", "Demonstration hospital", 3, ("24/7",)),
        Kind("clinic", "Демонстраційна поліклініка", "Demonstration outpatient clinic", 5),
        Kind("family_doctor", "Демонстраційна амбулаторія", "Demonstration surgery", 6),
        Kind("dentist", "Демонстраційна стоматологія", "Demonstration dentist", 4),
    ),
    "pharmacies": (Kind("pharmacy", "Демонстраційна аптека", "Demonstration pharmacy", 28, SHOPS),),
    "education": (
        Kind("kindergarten", "Демонстраційний дитячий садок", "Demonstration kindergarten", 12, ("Mo-Fr 07:00-18:00",)),
        Kind("school", "Демонстраційна школа", "Demonstration school", 14, ("Mo-Fr 08:00-17:00",)),
        Kind("college", "Демонстраційний коледж", "Demonstration college", 2),
    ),
    "social_services": (
        Kind("social_centre", "Демонстраційний соціальний центр", "Demonstration social services centre", 5),
        Kind("day_care", "Демонстраційний денний центр", "Demonstration day centre", 3),
        Kind("humanitarian_aid", "Демонстраційний пункт допомоги", "Demonstration aid point", 3),
    ),
    "libraries": (Kind("library", "Демонстраційна бібліотека", "Demonstration library", 9, VISITS),),
    "culture": (
        Kind("museum", "Демонстраційний музей", "Demonstration museum", 3, VISITS),
        Kind("theatre", "Демонстраційний театр", "Demonstration theatre", 2, VISITS),
        Kind("community_centre", "Демонстраційний будинок культури", "Demonstration community centre", 4, VISITS),
    ),
    "archives": (Kind("archive", "Демонстраційний архів", "Demonstration archive", 2),),
    "administrative_services": (
        Kind("service_centre", "Демонстраційний ЦНАП", "Demonstration administrative services centre", 4),
        Kind("council", "Демонстраційна рада", "Demonstration council office", 1),
    ),
    "post_offices": (
        Kind("post_office", "Демонстраційне поштове відділення", "Demonstration post office", 12, SHOPS[2:]),
        Kind("parcel_locker", "Демонстраційний поштомат", "Demonstration parcel locker", 8, ("24/7",)),
    ),
    "banks": (
        Kind("bank", "Демонстраційне відділення банку", "Demonstration bank branch", 8, DAYTIME[:2]),
        Kind("atm", "Демонстраційний банкомат", "Demonstration cash machine", 14, ("24/7",)),
    ),
}  # fmt: skip

#: Layers whose facilities say whether they work now.
WITHOUT_STATE = ("health",)


def facilities(layer: str, kinds: tuple[Kind, ...], streets: list[Street], chance: random.Random) -> Iterator[Feature]:
    """Yield the facilities of one layer, each at a numbered address of a numbered street."""
    for kind in kinds:
        for number in range(1, kind.count + 1):
            street, house, place = pick_address(streets, chance)
            properties = {
                "code": f"demo-{kind.category.replace('_', '-')}-{number}",
                "name": f"{kind.uk} {number}",
                "name_en": f"{kind.en} {number}",
                "category": kind.category,
                "address": f"{street.name}, {house}",
                "street": street.name,
                "housenumber": str(house),
                "opening_hours": chance.choice(kind.hours),
                **_accessibility(chance),
                "state": None if layer in WITHOUT_STATE else _state(chance),
                "ownership": chance.choice(("communal", "private", "unknown")),
                "description": "Демонстраційний запис: такого закладу немає.",
                "checked_on": f"2026-{chance.randint(1, 6):02}-{chance.randint(1, 28):02}",
            }
            yield record("Point", place, properties)


def _accessibility(chance: random.Random) -> dict[str, str | None]:
    """Return wheelchair access and surveyed features; a fifth of the facilities was never surveyed."""
    if chance.random() < 0.2:
        return {"wheelchair": None}
    wheelchair = chance.choices(("yes", "limited", "no", "unknown"), (4, 3, 2, 1))[0]
    surveyed = chance.sample(FEATURES, 8)
    share = {"yes": 0.8, "limited": 0.5, "no": 0.2, "unknown": 0.4}[wheelchair]
    there = [feature for feature in FEATURES if feature in surveyed and chance.random() < share]
    if wheelchair == "no":
        there = [feature for feature in there if feature != "step_free_entrance"]
    missing = [feature for feature in FEATURES if feature in surveyed and feature not in there]
    toilet = "yes" if "accessible_toilet" in there else "no" if "accessible_toilet" in missing else None
    return {
        "wheelchair": wheelchair,
        "toilets_wheelchair": toilet,
        "accessibility": ";".join(there),
        "accessibility_missing": ";".join(missing),
    }


def _state(chance: random.Random) -> str | None:
    states = ("open", "on_generator", "limited", "closed_temporarily", "moved", None)
    return chance.choices(states, (55, 12, 8, 5, 3, 17))[0]


def fact(row: dict[str, str]) -> Feature:
    """Return a true fact with coordinates as a record that is not demonstration data."""
    names = ("code", "name", "name_en", "category", "address", "email", "opening_hours", "description", "source_url")
    place = [float(row["place_lon"]), float(row["place_lat"])]
    return record("Point", place, {name: row[name] for name in names}, demo=False)
