"""Small street networks that tests draw in metres about a corner of the city and publish as the layer `walkways`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import psycopg
import pytest

from geoplatform.layers.walking import Gait, Network, Walking
from geoplatform.walking import build
from tests.integration.serving.layers import attribute, definition, put

#: The corner from which metres are counted, in degrees.
CORNER = (32.25, 48.5)
_NORTH = 111_210.0
_EAST = 111_320.0 * math.cos(math.radians(CORNER[1])) * 1.0015

WALKWAYS = definition(
    "walkways",
    attribute("highway"),
    attribute("foot"),
    attribute("access"),
    attribute("wheelchair"),
    geometry="line",
    secondary=True,
)
RULES = Walking(
    network=Network(layer="walkways", highway="highway", foot="foot", access="access", wheelchair="wheelchair"),
    barred=["motorway"],
    opened_by=["yes"],
    closed_by=["no", "private"],
    usual=Gait(speed=1.25, source="a round number"),
    gaits={"wheelchair": Gait(speed=0.8, steps=False, source="a round number")},
)

Way = dict[str, object]


def degrees(x: float, y: float) -> tuple[float, float]:
    """Return the point x metres east and y metres north of the corner, in degrees, to a centimetre."""
    return round(CORNER[0] + x / _EAST, 7), round(CORNER[1] + y / _NORTH, 7)


def way(*points: tuple[float, float], highway: str = "residential", **tags: str) -> Way:
    """Return a way through `points` (metres) with OpenStreetMap's tags."""
    return {"points": points, "highway": highway, **tags}


def draw(conn: psycopg.Connection, ways: Iterable[Way], version: int = 1, *, demo: bool = False) -> None:
    """Make these the ways of the published layer `walkways`; the graph follows at `build.follow`."""
    features = []
    for number, item in enumerate(ways):
        line = ", ".join(f"{lon} {lat}" for lon, lat in (degrees(*point) for point in item["points"]))  # type: ignore[attr-defined]
        features.append(
            {
                "id": f"w{number}", "is_demo": demo, "code": f"w{number}", "geom": f"MULTILINESTRING(({line}))",
                **{tag: item.get(tag) for tag in ("highway", "foot", "access", "wheelchair")},
            }
        )  # fmt: skip
    put(conn, WALKWAYS, features, version)


@pytest.fixture
def network(data_db) -> Callable[..., psycopg.Connection]:
    """Return a function that draws ways, has the graph built and gives a connection of the owner."""

    def drawn(*ways: Way, version: int = 1, demo: bool = False) -> psycopg.Connection:
        draw(data_db, ways, version, demo=demo)
        build.follow(RULES)
        return data_db

    return drawn
