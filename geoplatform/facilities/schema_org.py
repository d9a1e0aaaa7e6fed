"""A facility's page for machines: schema.org as JSON-LD, with what the page itself says and nothing more."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from geoplatform.facilities.statements import NOT_SERVING
from geoplatform.facilities.wording import words
from geoplatform.publicmap import hours
from geoplatform.publicmap.card import Card

DEFAULT_TYPE = "CivicStructure"


@cache
def types() -> dict[str, str]:
    """Return schema.org's type by category."""
    return yaml.safe_load((Path(__file__).parent / "schema_types.yaml").read_text(encoding="utf-8"))


def document(card: Card, url: str, community: str, now: Any) -> dict[str, Any] | None:
    """Return the JSON-LD of a place's page at `url`, in the active language; None for made-up places and for areas and lines.

    community: the name of the community that it lies in; now: aware.
    """
    if card.is_demo or card.point is None or card.layer.definition.geometry not in ("point", "multipoint"):
        return None
    fitting = next((types()[code] for code in card.codes if code in types()), None)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": fitting or DEFAULT_TYPE,
        "additionalType": None if fitting else card.category,
        "@id": url,
        "url": url,
        "name": card.name,
        "alternateName": card.other_name,
        "description": card.description,
        "inLanguage": "en" if (get_language() or "uk").startswith("en") else "uk",
        "geo": {"@type": "GeoCoordinates", "longitude": round(card.point[0], 6), "latitude": round(card.point[1], 6)},
        "address": {
            "@type": "PostalAddress",
            "streetAddress": card.address,
            "addressLocality": community,
            "addressCountry": "UA",
        }
        if card.address
        else None,
        "telephone": [link.text for link in card.phones if link.href],
        "email": next((link.text for link in card.emails if link.href), None),
        "sameAs": card.website.href if card.website else None,
        "containedInPlace": {"@type": "AdministrativeArea", "name": community},
        "amenityFeature": [
            {"@type": "LocationFeatureSpecification", "name": row.title, "value": row.value}
            for row in card.accessibility
            if row.known
        ],
        "openingHoursSpecification": _hours(card.hours),
    }
    if card.told is not None and card.told.state is not None:
        told = words(card.told, now)
        told_of = {"propertyID": "state", "name": told.state, "description": told.age}
        found["additionalProperty"] = {"@type": "PropertyValue", **told_of}
        if card.told.state in NOT_SERVING:
            # the usual hours would send people to a closed door
            found.pop("openingHoursSpecification")
            today = now.astimezone(hours.KYIV).date().isoformat()
            found["specialOpeningHoursSpecification"] = {**_closed(today), "validThrough": today}
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def _hours(read: hours.Hours | None) -> list[dict[str, Any]]:
    """Return the hours of the coming week day by day, so that seasons and holidays are told as what they mean."""
    if read is None:
        return []
    found: list[dict[str, Any]] = []
    for day in read.week:
        date = day.date.date().isoformat()
        certain = [span for span in day.spans if span.certain]
        if len(certain) != len(day.spans):
            continue
        if not certain:
            found.append(_closed(date))
        for span in certain:
            ends = "23:59" if span.until.hour == span.until.minute == 0 else f"{span.until:%H:%M}"
            found.append(
                {
                    "@type": "OpeningHoursSpecification",
                    "opens": f"{span.since:%H:%M}",
                    "closes": ends,
                    "validFrom": date,
                    "validThrough": date,
                }
            )
    return found


def _closed(date: str) -> dict[str, Any]:
    """Return how schema.org says that a place is closed on a day: it opens and closes at the same time."""
    return {"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00", "validFrom": date, "validThrough": date}
