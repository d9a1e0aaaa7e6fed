"""Coordinates that somebody types or pastes: degrees with a point or a comma, degrees with minutes and seconds, either order."""

from __future__ import annotations

import re

#: Ukraine with its seas, degrees: tells latitude from longitude where nothing else does.
_LATITUDES, _LONGITUDES = (44.0, 53.0), (21.5, 41.0)

_SIDE = {"n": "lat", "s": "lat", "e": "lon", "w": "lon", "пн": "lat", "пд": "lat", "сх": "lon", "зх": "lon"}
_NUMBER = r"[-+−]?\d{1,3}(?:[.,]\d+)?"
_ANGLE = re.compile(
    r"(?P<before>пн|пд|сх|зх|[nsew])?\.?\s*"
    rf"(?P<degrees>{_NUMBER})\s*[°º]?"
    r"(?:\s*(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*['′’](?:\s*(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|''|′′|”))?)?"
    r"\s*(?P<after>(?:пн|пд|сх|зх)\.?\s*(?:ш|д)?\.?|[nsew])?",
    re.IGNORECASE,
)


def parse(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude (degrees, WGS 84) that `text` gives, None when it is no pair of coordinates.

    Without letters of the sides and where both orders are possible, latitude comes first.
    """
    if len(text) > 100:
        return None
    found = _two(text.strip().strip("()[]"))
    if found is None:
        return None
    (first, first_side), (second, second_side) = found
    if first_side == second_side and first_side is not None:
        return None
    if first_side == "lon" or second_side == "lat" or (first_side is None and second_side is None and _reversed(first, second)):
        first, second = second, first
    latitude, longitude = first, second
    return (longitude, latitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _two(text: str) -> tuple[tuple[float, str | None], tuple[float, str | None]] | None:
    """Return two angles, each with whether its letter says latitude or longitude; None unless the text is just that."""
    first = _ANGLE.match(text)
    if first is None:
        return None
    between = re.match(r"\s*[,;/]?\s*", text[first.end() :])
    rest = text[first.end() + between.end() :]
    second = _ANGLE.fullmatch(rest.strip())
    if second is None or not _is_exact(first, second):
        return None
    angles = _angle(first), _angle(second)
    return None if None in angles else angles  # type: ignore[return-value]


def _is_exact(first: re.Match, second: re.Match) -> bool:
    """Return whether the numbers are coordinates, not a house or a year: each has a fraction, minutes or a side."""
    return all(
        re.search("[.,]", found["degrees"]) or found["minutes"] or found["before"] or found["after"] for found in (first, second)
    )


def _angle(found: re.Match) -> tuple[float, str | None] | None:
    parts = [float((found[name] or "0").replace(",", ".").replace("−", "-")) for name in ("degrees", "minutes", "seconds")]
    if parts[1] >= 60 or parts[2] >= 60:
        return None
    side = re.sub(r"[\s.]|[шд]\.?$", "", (found["before"] or found["after"] or "").lower()) or None
    if side not in _SIDE and side is not None:
        side = side[:2]
    size = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    negative = parts[0] < 0 or side in ("s", "w", "пд", "зх")
    return (-size if negative else size), _SIDE.get(side) if side else None


def _reversed(first: float, second: float) -> bool:
    in_order = _LATITUDES[0] <= first <= _LATITUDES[1] and _LONGITUDES[0] <= second <= _LONGITUDES[1]
    swapped = _LATITUDES[0] <= second <= _LATITUDES[1] and _LONGITUDES[0] <= first <= _LONGITUDES[1]
    return (swapped and not in_order) or abs(first) > 90
