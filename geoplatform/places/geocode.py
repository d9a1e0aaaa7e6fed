"""From an address in words to a place: parsed, old street names resolved to today's, and plain about how exact the answer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from geoplatform.access import Principal
from geoplatform.places import names
from geoplatform.places.names import Asked
from geoplatform.search import coordinates, language, service
from geoplatform.search.backend import Hit, Question, Viewer
from geoplatform.search.document import NOTHING, Words

#: Streets of one name that are looked at.
_STREETS = 10
#: Between houses further apart than this (numbers) nothing is interpolated.
_WIDEST_GAP = 40

Precision = Literal["coordinates", "address", "interpolated", "street", "settlement"]


@dataclass(frozen=True)
class Place:
    """A place that an address may mean.

    precision: what the point stands for: the house itself, a guess between two houses, the whole street, the settlement.
    lon, lat: degrees (WGS 84), None for a street of which only the name is known. notes: what the reader must be told: that the
    street was renamed, that the house is not in the data. former: the old name that was asked for, "" if it was today's.
    """

    precision: Precision
    title: Words
    url: str
    lon: float | None
    lat: float | None
    collection: str = ""
    id: str = ""
    subtitle: Words = NOTHING
    notes: tuple[Words, ...] = ()
    former: str = ""
    is_demo: bool = False


def geocode(text: str, principal: Principal, *, interpolate: bool = False, limit: int = 10) -> list[Place]:
    """Return the places that `text` may mean, the likeliest first, within what `principal` may see.

    text: an address, a street, a settlement or coordinates. interpolate: guess a missing house's place between its neighbours
    on the same side; such a place says so. Raises psycopg.Error.
    """
    point = coordinates.parse(text)
    if point is not None:
        return [Place("coordinates", Words(f"{point[1]:.5f}, {point[0]:.5f}"), map_url(*point), *point)]
    asked = names.parse_address(text)
    asks = service.viewer(principal)
    found: list[Place] = []
    if asked.street.words:
        streets = _streets(asked, asks)
        for street, name in streets:
            found += _on_street(asked, street, name, asks, interpolate)
        if not streets and asked.house:
            found += [_address(hit, ()) for hit in _houses(asked, [asked.street.key], asks)]
    if not found:
        found += _settlements(asked, asks)
    # streets of one name in two settlements share the keys of their houses
    found = list({(place.precision, place.collection, place.id): place for place in reversed(found)}.values())[::-1]
    exactness = ("coordinates", "address", "interpolated", "street", "settlement")
    return sorted(found, key=lambda place: exactness.index(place.precision))[:limit]


def map_url(lon: float, lat: float, zoom: int = 17) -> str:
    """Return the map's address about a point."""
    return f"/map/#map={zoom}/{lat:.5f}/{lon:.5f}"


def _streets(asked: Asked, asks: Viewer) -> list[tuple[Hit, str]]:
    """Return streets that have, or had, the name asked for, each with the name that fits; the best first."""
    exact = service.by_keys((f"street:{asked.street.key}",), asks, kinds=("street",), limit=_STREETS)
    words = list(asked.street.words)
    readings = (*service.all_readings(words, " ".join(words)), service.sounds(words))
    question = Question(readings, kinds=("street",), limit=_STREETS)
    hits = {(hit.collection, hit.id): hit for hit in (*exact, *service.backend().search(question, asks).items)}
    ranked = []
    for hit in hits.values():
        fits = [fit for name in _names_of(hit) if (fit := _fit(asked, name)) is not None]
        if fits:
            best = min(fits)
            ranked.append((best[0], not _is_in(asked, hit), hit.score * -1, hit.id, hit, best[1]))
    ranked.sort(key=lambda item: item[:4])
    # streets whose name fits worse than another's are not meant
    return [(hit, name) for rank, *_, hit, name in ranked if rank == ranked[0][0]]


def _names_of(hit: Hit) -> Iterable[str]:
    yield hit.title.uk
    if hit.title.en and hit.title.en != hit.title.uk:
        yield hit.title.en
    yield from hit.alternatives


def _fit(asked: Asked, name: str) -> tuple[tuple[int, int, int], str] | None:
    """Return how well `name` is the street asked for (less is better), None when it is not."""
    own = names.street_name(name)
    if not _are_in(asked.street.words, own.words, sounds=True):
        return None
    only_sounds = int(not _are_in(asked.street.words, own.words, sounds=False))
    other_kind = int(bool(asked.street.kind) and asked.street.kind != (own.kind or asked.street.kind))
    return (other_kind, only_sounds, len(own.words) - len(asked.street.words)), name


def _are_in(asked: Iterable[str], own: Iterable[str], *, sounds: bool) -> bool:
    """Return whether each word asked for is one of a name's `own` words, in some form; `sounds`: or sounds like one."""
    known = [language.keys(word) | (language.latin_keys(word) if sounds else frozenset()) for word in own]
    meant = [service.word_keys(word) | (language.latin_keys(word) if sounds else frozenset()) for word in asked]
    return all(any(keys & others for others in known) for keys in meant)


def _is_in(asked: Asked, hit: Hit) -> bool:
    """Return whether nothing speaks against the street lying in the settlement asked for."""
    return not asked.settlement or language.folded(asked.settlement.lower()) in language.folded(hit.subtitle.uk.lower())


def _on_street(asked: Asked, street: Hit, name: str, asks: Viewer, interpolate: bool) -> list[Place]:
    former = "" if name in street.title else name
    notes = [_renamed(former, street)] if former else []
    if asked.house:
        keys = [key.removeprefix("street:") for key in street.keys if key.startswith("street:")]
        houses = _houses(asked, keys, asks)
        if houses:
            return [_address(hit, notes, former) for hit in houses]
        guess = _between(asked, keys, asks) if interpolate else None
        if guess is not None:
            notes.append(
                Words(
                    f"Будинку {asked.house} немає в даних: точку обчислено між сусідніми номерами.",
                    f"House {asked.house} is not in the data: its place was worked out between its neighbours.",
                )
            )
            return [_place("interpolated", street, guess, notes, former)]
        notes.append(
            Words(
                f"Будинку {asked.house} немає в даних: показано вулицю.",
                f"House {asked.house} is not in the data: here is the street.",
            )
        )
    return [_place("street", street, street.point, notes, former)]


def _renamed(former: str, street: Hit) -> Words:
    fact = next((item for item in street.data.get("former", ()) if item["name"] == former), {})
    uk, en = f"«{former}» тепер «{street.title.uk}»", f"“{former}” is now “{street.title.in_language('en')}”"
    if fact.get("part"):
        uk, en = f"{uk} ({fact['part']})", f"{en} ({fact['part']})"
    if fact.get("act"):
        day = f" від {'.'.join(reversed(fact['date'].split('-')))}" if fact.get("date") else ""
        uk, en = f"{uk}: {fact['act']}{day}", f"{en}: {fact['act']}{', ' + fact['date'] if fact.get('date') else ''}"
    return Words(f"{uk}.", f"{en}.")


def _houses(asked: Asked, streets: Iterable[str], asks: Viewer) -> list[Hit]:
    """Return the addresses of the house on the streets with these keys, in the settlement asked for if it is known."""
    hits = service.by_keys(tuple(f"house:{key}|{asked.house}" for key in streets), asks, kinds=("address",))
    if not asked.settlement:
        return list(hits)
    wanted = _settlement_keys(asked.settlement)
    return [hit for hit in hits if not hit.data.get("settlement") or wanted & _settlement_keys(hit.data["settlement"])]


def _settlement_keys(text: str) -> set[str]:
    return {key for word in language.words(text) if word not in names.SETTLEMENT_WORDS for key in language.keys(word)}


def _between(asked: Asked, streets: Iterable[str], asks: Viewer) -> tuple[float, float] | None:
    """Return a point between the nearest lower and higher number on the same side of the street, None without both."""
    number = names.house_number(asked.house)
    hits = service.by_keys(tuple(f"houses:{key}" for key in streets), asks, kinds=("address",), limit=2000)
    numbers = [
        (other, hit.point)
        for hit in hits
        if hit.point and (other := names.house_number(names.house_key(hit.data.get("house", "")))) is not None
    ]
    same_side = [(other, point) for other, point in numbers if number is not None and other % 2 == number % 2]
    lower = max((item for item in same_side if item[0] < number), default=None)
    higher = min((item for item in same_side if item[0] > number), default=None)
    if lower is None or higher is None or higher[0] - lower[0] > _WIDEST_GAP:
        return None
    share = (number - lower[0]) / (higher[0] - lower[0])
    return tuple(a + share * (b - a) for a, b in zip(lower[1], higher[1], strict=True))  # type: ignore[return-value]


def _settlements(asked: Asked, asks: Viewer) -> list[Place]:
    text = asked.settlement or " ".join(asked.street.words)
    words = [word for word in language.words(text) if word not in names.SETTLEMENT_WORDS]
    if not words or (asked.house and not asked.settlement):
        return []
    readings = (*service.all_readings(words, " ".join(words)), service.sounds(words))
    question = Question(readings, kinds=("settlement",), limit=_STREETS, begins=text.lower())
    found = []
    for hit in service.backend().search(question, asks).items:
        own = [name for name in _names_of(hit) if _same_settlement(words, name)]
        if own:
            former = "" if own[0] in hit.title else own[0]
            notes = [_renamed(former, hit)] if former else []
            found.append(_place("settlement", hit, hit.point, notes, former))
    return found


def _same_settlement(asked: list[str], name: str) -> bool:
    own = language.words(name)
    return len(own) == len(asked) and _are_in(asked, own, sounds=True)


def _address(hit: Hit, notes: Iterable[Words], former: str = "") -> Place:
    return _place("address", hit, hit.point, notes, former)


def _place(precision: Precision, hit: Hit, point: tuple[float, float] | None, notes: Iterable[Words], former: str) -> Place:
    lon, lat = point or (None, None)
    return Place(
        precision, hit.title, hit.url, lon, lat, hit.collection, hit.id, hit.subtitle, tuple(notes), former, hit.is_demo
    )  # fmt: skip
