"""The ground of the demonstration data: an ellipse inside the city, its numbered streets, and how a record is written."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

#: Centre of the city and half axes of the ellipse that records are spread over: degrees, longitude and latitude, WGS 84.
CENTRE = (32.26, 48.51)
REACH = (0.042, 0.024)

Feature = dict[str, Any]
Point = tuple[float, float]


def record(geometry: str, coordinates: Any, properties: dict[str, Any], demo: bool = True) -> Feature:
    """Return a GeoJSON feature without its empty properties; `demo` says whether it is demonstration data."""
    kept = {key: value for key, value in properties.items() if value not in (None, "", [])}
    return {
        "type": "Feature",
        "properties": {**kept, "is_demo": demo},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def to_degrees(x: float, y: float) -> list[float]:
    """Return the point x and y half axes of the ellipse away from the centre, in degrees."""
    return [round(CENTRE[0] + x * REACH[0], 6), round(CENTRE[1] + y * REACH[1], 6)]


@dataclass(frozen=True)
class Street:
    """A straight street across the ellipse: its number and its ends in units of the ellipse's axes."""

    number: int
    start: Point
    end: Point

    @property
    def name(self) -> str:
        return f"Демонстраційна вулиця {self.number}"

    @property
    def name_en(self) -> str:
        return f"Demonstration street {self.number}"

    def at(self, share: float, aside: float = 0.0) -> Point:
        """Return the point at `share` (0..1) of the way, `aside` of it by that many units."""
        (x0, y0), (x1, y1) = self.start, self.end
        dx, dy = x1 - x0, y1 - y0
        length = math.hypot(dx, dy)
        return x0 + dx * share - dy / length * aside, y0 + dy * share + dx / length * aside


def streets() -> list[Street]:
    """Return seven streets from west to east and seven from south to north."""
    network: list[Street] = []
    for i in range(-3, 4):
        offset = i * 0.27
        half = math.sqrt(1 - offset**2) * 0.98
        network.append(Street(len(network) + 1, (-half, offset), (half, offset)))
        network.append(Street(len(network) + 1, (offset, -half), (offset, half)))
    return network


def pick_address(streets: list[Street], chance: random.Random) -> tuple[Street, int, list[float]]:
    """Return a street, a house number on it and the place."""
    street = chance.choice(streets)
    number = chance.randint(1, 60)
    return street, number, to_degrees(*street.at(number / 61, 0.02 if number % 2 else -0.02))
