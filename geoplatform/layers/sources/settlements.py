"""Points of settlements without codes, joined to the KATOTTG codifier: by the hromada they lie in and their name in it.

A name alone is no key (there are dozens of Mykolaivkas); inside one hromada it nearly is. A point without exactly one match is
a problem of that record, with the reason, and never a guess.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import orjson
import pyarrow as pa
import shapely

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geojson import open_geojson
from geoplatform.layers.sources.locate import fingerprint, locate_file

#: What a match adds to each record; the same column of the points is hidden by it.
FOUND = ("katottg", "name", "name_en", "old_name", "category", "hromada", "raion")

#: Letters of the codifier's categories that are settlements: city, urban-type settlement, settlement, village.
_SETTLEMENTS = frozenset("MTXC")
_LEVELS = ("level1", "level2", "level3", "level4", "level5")

# Resolution 55 of the Cabinet of Ministers of Ukraine (2010), without what stands at the beginning of a word.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y", "і": "i",
    "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia",
}  # fmt: skip
_LATIN_FIRST = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}


def open_settlements(source: Source, context: SourceContext, columns: Collection[str]) -> SettlementsReader:
    """Open GeoJSON points (`location`) and the tables that give them codes.

    Options: `codifier`, the KATOTTG table as CSV (level1..level5, category, name_uk); `hromady`, their boundaries as GeoJSON
    with `katottg` or `katotth`; `names`, columns with Ukrainian names separated by ";"; `latin`, a column with the name in
    Latin letters; `id` and `codes`, a column and a list of "value=code", matches that a person has decided (settlements
    renamed, two of one name); `former`, a list of "code=old name; older name". Raises SourceError.
    """
    return SettlementsReader(source, context, columns)


class Codifier:
    """The settlements of the KATOTTG codifier, found by hromada and name."""

    def __init__(self, path: Path, shown: str) -> None:
        """path: CSV with a line for each unit; shown: its name in messages. Raises SourceError."""
        #: Code -> the columns `FOUND` of that settlement.
        self.units: dict[str, dict[str, str]] = {}
        self._by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            try:
                lacking = {*_LEVELS, "category", "name_uk"}.difference(table.fieldnames or ())
                if lacking:
                    raise SourceError(f"{shown}: no codifier of KATOTTG, it has no column {', '.join(sorted(lacking))}")
                for row in table:
                    self._add(row)
            except (UnicodeDecodeError, csv.Error) as error:
                raise SourceError(f"{shown}: after line {table.line_num}: not a CSV in UTF-8: {error}") from error
        if not self.units:
            raise SourceError(f"{shown}: the codifier has no settlement (categories {', '.join(sorted(_SETTLEMENTS))})")

    def _add(self, row: dict[str, str]) -> None:
        if row["category"] not in _SETTLEMENTS or not row["level4"] or not row["name_uk"]:
            return
        code, hromada, name = row["level4"], row["level3"], row["name_uk"]
        self.units[code] = {
            "katottg": code, "name": name, "name_en": romanised(name).title(),
            "category": row["category"], "hromada": hromada, "raion": row["level2"],
        }  # fmt: skip
        for form in (normalised(name), romanised(name)):
            self._by_name[hromada, form].add(code)

    def match(self, hromada: str, names: Sequence[str], latin: str) -> set[str]:
        """Return the codes in `hromada` whose name is one of `names`; where none is, whose romanised name is `latin`."""
        found = set().union(*(self._by_name.get((hromada, normalised(name)), set()) for name in names))
        return found or self._by_name.get((hromada, latin.casefold()), set())


class Hromady:
    """Boundaries of hromady, asked which one a point lies in."""

    def __init__(self, path: Path, shown: str) -> None:
        """path: a GeoJSON FeatureCollection of (multi)polygons, EPSG:4326. Raises SourceError."""
        try:
            features = orjson.loads(path.read_bytes())["features"]
            self._codes = [feature["properties"].get("katottg") or feature["properties"]["katotth"] for feature in features]
            self._tree = shapely.STRtree([shapely.from_geojson(orjson.dumps(feature["geometry"])) for feature in features])
        except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException) as error:
            raise SourceError(f"{shown}: not a GeoJSON of hromady with katottg or katotth: {error}") from error

    def containing(self, points: Sequence[object]) -> list[set[str]]:
        """Return for each shapely point the codes of the hromady it lies in."""
        found: list[set[str]] = [set() for _ in points]
        for point, hromada in zip(*self._tree.query(points, predicate="intersects"), strict=True):
            found[point].add(self._codes[hromada])
        return found


class SettlementsReader(FileReader):
    """Reads the points and adds the columns `FOUND` to each."""

    def __init__(self, source: Source, context: SourceContext, columns: Collection[str]) -> None:
        options = source.options
        for option in ("codifier", "hromady", "names"):
            if option not in options:
                raise SourceError(f"{source.location}: the driver settlements needs the option {option}")
        locations = (source.location, str(options["codifier"]), str(options["hromady"]))
        paths = [locate_file(location, context) for location in locations]
        self._names = _list(options["names"])
        self._latin, self._id = str(options.get("latin", "")), str(options.get("id", ""))
        self._columns = frozenset(columns)
        wanted = {*self._columns, *self._names, self._latin, self._id}.difference(FOUND)
        self._points = open_geojson(source, context, wanted)
        self._codifier = Codifier(paths[1], locations[1])
        self._hromady = Hromady(paths[2], locations[2])
        self._decided = self._decisions(_list(options.get("codes", [])), source.location)
        for code, unit in self._former(_list(options.get("former", [])), source.location):
            self._codifier.units[code]["old_name"] = unit
        self.fingerprint = fingerprint(paths)
        self.crs, self.date = self._points.crs, self._points.date
        self.available = [*FOUND, *(name for name in self._points.available if name not in FOUND)]

    def batches(self) -> Iterator[Batch]:
        """Yield the points with their codes; see SourceReader."""
        for batch in self._points.batches():
            yield self._coded(batch)

    def _coded(self, batch: Batch) -> Batch:
        problems = dict(batch.problems)
        texts = {name: batch.columns[name].cast(pa.string()).to_pylist() for name in self._texts if name in batch.columns}
        inside = self._hromady.containing(shapely.from_wkb(batch.geometry))
        units: list[dict[str, str]] = []
        for row, hromady in enumerate(inside):
            found = self._match({name: values[row] or "" for name, values in texts.items()}, hromady)
            if isinstance(found, str):
                problems.setdefault(row, found)
                found = {}
            units.append(found)
        arrays = {name: array for name, array in batch.columns.items() if name in self._columns}
        for name in self._columns.intersection(FOUND):
            arrays[name] = pa.array([unit.get(name) for unit in units], pa.string())
        return Batch(arrays, batch.geometry, batch.first, problems)

    @property
    def _texts(self) -> list[str]:
        return [*self._names, *(name for name in (self._latin, self._id) if name)]

    def _match(self, record: dict[str, str], hromady: set[str]) -> dict[str, str] | str:
        """Return the codifier's settlement for a record, or why there is none."""
        decided = self._decided.get(record.get(self._id, ""))
        if decided:
            return decided
        names = [name.strip() for column in self._names for name in record.get(column, "").split(";") if name.strip()]
        latin = record.get(self._latin, "")
        called = " / ".join(dict.fromkeys(name for name in (*names, latin) if name)) or "no name"
        if not hromady:
            return f"{called}: the point lies in no hromada"
        if len(hromady) > 1:
            return f"{called}: the point lies on the border of {' and '.join(sorted(hromady))}; decide in `codes`"
        hromada = next(iter(hromady))
        codes = sorted(self._codifier.match(hromada, names, latin))
        if not codes:
            return f"{called}: the codifier has no settlement of that name in {hromada}; was it renamed? decide in `codes`"
        if len(codes) > 1:
            return f"{called}: the codifier has {len(codes)} of that name in {hromada} ({', '.join(codes)}); decide in `codes`"
        return self._codifier.units[codes[0]]

    def _former(self, pairs: list[str], location: str) -> Iterator[tuple[str, str]]:
        for pair in pairs:
            code, _, names = pair.partition("=")
            if code.strip() not in self._codifier.units or not names.strip():
                raise SourceError(f"{location}: option former: {pair!r} is not a settlement's code and its old names")
            yield code.strip(), names.strip()

    def _decisions(self, pairs: list[str], location: str) -> dict[str, dict[str, str]]:
        decided = {}
        for pair in pairs:
            value, _, code = pair.partition("=")
            unit = self._codifier.units.get(code.strip())
            if not self._id or unit is None:
                why = "needs the option `id`" if not self._id else "names no settlement of the codifier"
                raise SourceError(f"{location}: option codes: {pair!r} {why}")
            decided[value.strip()] = unit
        return decided


def normalised(name: str) -> str:
    """Return `name` as names are compared: without case, one kind of apostrophe, single spaces."""
    for apostrophe in "’ʼ`′":
        name = name.replace(apostrophe, "'")
    return " ".join(name.casefold().split())


def romanised(name: str) -> str:
    """Return a Ukrainian name in Latin letters, lower case, by resolution 55 of the Cabinet of Ministers (2010)."""
    plain = normalised(name).replace("'", "").replace("ь", "").replace("зг", "zgh")
    return re.sub(r"[^ -]+", lambda word: _romanised_word(word[0]), plain)


def _romanised_word(word: str) -> str:
    first = _LATIN_FIRST.get(word[0], _LATIN.get(word[0], word[0]))
    return first + "".join(_LATIN.get(letter, letter) for letter in word[1:])


def _list(option: object) -> list[str]:
    return [str(item) for item in option] if isinstance(option, list) else [str(option)]
