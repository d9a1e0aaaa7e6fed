"""Demonstration boundaries, streets, addresses, stops, property, plans and green areas: schematic, and named so."""

from __future__ import annotations

import math
import random
from typing import Any

from geoplatform.layers.demo.ground import Feature, Point, Street, pick_address, record, to_degrees

HROMADA = "UA35040210000014072"
DISTRICTS = (("UA35040210010286392", "Фортечний", "Fortechnyi"), ("UA35040210010145346", "Подільський", "Podilskyi"))


def _ring(points: list[Point]) -> list[list[list[float]]]:
    places = [to_degrees(*point) for point in points]
    return [[*places, places[0]]]


def _octagon(radius: float) -> list[Point]:
    return [(radius * math.cos(math.pi * (i + 0.5) / 4), radius * math.sin(math.pi * (i + 0.5) / 4)) for i in range(8)]


def boundary() -> list[Feature]:
    """A schematic octagon, plainly not the real boundary."""
    properties = {
        "katottg": HROMADA,
        "name": "Кропивницька міська громада (схематична межа)",
        "name_en": "Kropyvnytskyi community (schematic boundary)",
    }
    return [record("Polygon", _ring(_octagon(1.25)), properties)]


def districts() -> list[Feature]:
    """The two halves of the octagon; the real districts lie otherwise."""
    east = [point for point in _octagon(1.25) if point[0] > 0]
    west = [point for point in _octagon(1.25) if point[0] < 0]
    top, bottom = max(y for _, y in east), min(y for _, y in east)
    west_half = [(0.0, top), *west, (0.0, bottom)]
    east_half = [(0.0, bottom), *sorted(east, key=lambda point: point[1]), (0.0, top)]
    features = []
    for (code, name, name_en), half in zip(DISTRICTS, (west_half, east_half), strict=True):
        properties = {
            "katottg": code,
            "name": f"{name} район (схематична межа)",
            "name_en": f"{name_en} district (schematic boundary)",
        }
        features.append(record("Polygon", _ring(half), properties))
    return features


def street_lines(streets: list[Street]) -> list[Feature]:
    """Each street as one line."""
    features = []
    for street in streets:
        properties = {
            "code": f"demo-street-{street.number}",
            "name": street.name,
            "name_en": street.name_en,
            "road_class": "primary" if street.number in (7, 8) else "residential",
        }
        features.append(record("LineString", [to_degrees(*street.start), to_degrees(*street.end)], properties))
    return features


def ways(streets: list[Street]) -> list[Feature]:
    """Each street with a point at every crossing, so that they join; a flight of stairs and a path that no wheelchair can use."""
    features = []
    for street in streets:
        across = sorted({0.0, 1.0, *(share for other in streets if (share := _crossing(street, other)) is not None)})
        properties = {"code": f"demo-way-{street.number}", "name": street.name, "highway": "residential"}
        features.append(record("LineString", [to_degrees(*street.at(share)) for share in across], properties))
    for number, (name, tags, points) in enumerate(
        (
            ("Демонстраційні сходи", {"highway": "steps"}, [(0.0, 0.0), (0.135, 0.135), (0.27, 0.27)]),
            ("Демонстраційна стежка", {"highway": "path", "wheelchair": "no"}, [(-0.27, 0.0), (-0.135, 0.135), (0.0, 0.27)]),
        ),
        start=len(streets) + 1,
    ):
        properties = {"code": f"demo-way-{number}", "name": name, **tags}
        features.append(record("LineString", [to_degrees(*point) for point in points], properties))
    return features


def _crossing(street: Street, other: Street) -> float | None:
    """Return at what share of `street` it crosses `other`, one of the other direction; None where they don't meet."""
    along, across = (0, 1) if street.start[1] == street.end[1] else (1, 0)
    if other.start[across] == other.end[across] or other.start[along] != other.end[along]:
        return None
    share = (other.start[along] - street.start[along]) / (street.end[along] - street.start[along])
    reaches = min(other.start[across], other.end[across]) <= street.start[across] <= max(other.start[across], other.end[across])
    return share if 0 < share < 1 and reaches else None


def roads(streets: list[Street], chance: random.Random) -> list[Feature]:
    """Each street cut into four pieces with a surface of their own."""
    features = []
    for street in streets:
        road_class = "primary" if street.number in (7, 8) else chance.choice(("secondary", "tertiary", "residential"))
        for piece in range(4):
            properties = {
                "code": f"demo-road-{street.number}-{piece + 1}",
                "name": street.name,
                "road_class": road_class,
                "surface": chance.choice(("asphalt", "asphalt", "concrete", "paving_stones", "gravel")),
                "lit": chance.choice(("yes", "no", None)),
                "sidewalk": chance.choice(("both", "left", "right", "no", None)),
                "wheelchair": chance.choice(("yes", "limited", "no", None)),
            }
            line = [to_degrees(*street.at(piece / 4)), to_degrees(*street.at((piece + 1) / 4))]
            features.append(record("LineString", line, properties))
    return features


def addresses(streets: list[Street]) -> list[Feature]:
    """A house at every third number, odd ones on one side."""
    features = []
    for street in streets:
        for number in range(1, 61, 3):
            place = to_degrees(*street.at(number / 61, 0.02 if number % 2 else -0.02))
            properties = {
                "code": f"demo-address-{street.number}-{number}",
                "address": f"{street.name}, {number}",
                "street": street.name,
                "housenumber": str(number),
                "settlement": "Кропивницький",
            }
            features.append(record("Point", place, properties))
    return features


def stops(streets: list[Street], chance: random.Random) -> list[Feature]:
    """Four stops on each street."""
    features = []
    for street in streets:
        for share in (0.15, 0.4, 0.65, 0.9):
            number = len(features) + 1
            properties = {
                "code": f"demo-stop-{number}",
                "name": f"Демонстраційна зупинка {number}",
                "category": "stop",
                "routes": ";".join(f"Д{route}" for route in sorted(chance.sample(range(1, 10), 2))),
                "modes": chance.choice(("bus", "trolleybus", "bus;trolleybus", "bus;minibus")),
                "wheelchair": chance.choice(("yes", "no", "unknown")),
                "accessibility": ";".join(
                    feature for feature in ("tactile_paving", "audio_announcements") if chance.random() < 0.3
                ),
            }
            features.append(record("Point", to_degrees(*street.at(share, 0.012)), properties))
    return features


def communal_property(streets: list[Street], chance: random.Random) -> list[Feature]:
    """Premises and buildings, some let until the end of a year."""
    features = []
    for number in range(1, 25):
        street, house, place = pick_address(streets, chance)
        status = chance.choice(("used", "leased", "vacant", "for_lease"))
        properties = {
            "code": f"demo-property-{number}",
            "name": f"Демонстраційне приміщення {number}",
            "kind": chance.choice(("premises", "building")),
            "purpose": chance.choice(("офіс", "склад", "торгівля", "послуги")),
            "area": round(chance.uniform(20, 600), 1),
            "status": status,
            "lease_until": f"20{chance.randint(27, 31)}-12-31" if status == "leased" else None,
            "address": f"{street.name}, {house}",
            "inventory_no": f"ДЕМО-{number:04}",
            "book_value": round(chance.uniform(50_000, 2_000_000), 2),
        }
        features.append(record("Point", place, properties))
    return features


def zones(word: str, layer: str, chance: random.Random) -> list[Feature]:
    """A chessboard of zones over the middle of the city, without gaps or overlaps."""
    letters = {"residential": "Ж", "public": "Г", "recreation": "Р", "production": "В", "communal": "КС", "transport": "ТР"}
    features = []
    side = 1.4 / 5
    for row in range(5):
        for column in range(5):
            x, y = -0.7 + column * side, -0.7 + row * side
            zone = chance.choice(list(letters))
            number = len(features) + 1
            properties: dict[str, Any] = {
                "code": f"demo-{layer.replace('_', '-')}-{number}",
                "zone": zone,
                "document": f"Демонстраційний документ ({word.lower()} {number})",
                "status": "approved",
                "decision_date": "2026-01-15",
            }
            if layer == "zoning":
                properties |= {"zone_code": f"{letters[zone]}-{chance.randint(1, 4)}", "max_height": chance.choice((9, 12, 27))}
            ring = _ring([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
            features.append(record("Polygon", ring, properties))
    return features


def detailed_plans(chance: random.Random) -> list[Feature]:
    """Rectangles, one for each status a plan may have."""
    features = []
    for number, status in enumerate(("decided", "draft", "consultation", "approved", "approved", "repealed"), start=1):
        x, y = chance.uniform(-0.6, 0.4), chance.uniform(-0.6, 0.4)
        width, height = chance.uniform(0.08, 0.2), chance.uniform(0.08, 0.2)
        properties = {
            "code": f"demo-plan-{number}",
            "document": f"Демонстраційний детальний план {number}",
            "kind": "detailed_plan",
            "status": status,
            "decision_date": f"{2019 + number}-0{number}-15",
            "consultation_until": "2026-12-31" if status == "consultation" else None,
        }
        ring = _ring([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
        features.append(record("Polygon", ring, properties))
    return features


def green_areas(chance: random.Random) -> list[Feature]:
    """Twelve octagons around the centre."""
    features = []
    for number in range(1, 13):
        kind, uk, en = chance.choice((("park", "парк", "park"), ("garden", "сквер", "garden square"), ("forest", "ліс", "wood")))
        angle, distance = 2 * math.pi * number / 12, chance.uniform(0.3, 0.8)
        x, y = distance * math.cos(angle), distance * math.sin(angle)
        radius = chance.uniform(0.03, 0.09)
        corners = [(x + radius * math.cos(math.pi * i / 4), y + radius * math.sin(math.pi * i / 4)) for i in range(8)]
        properties = {
            "code": f"demo-green-{number}",
            "name": f"Демонстраційний {uk} {number}",
            "name_en": f"Demonstration {en} {number}",
            "kind": kind,
            "wheelchair": chance.choice(("yes", "limited", None)),
        }
        features.append(record("Polygon", _ring(corners), properties))
    return features
