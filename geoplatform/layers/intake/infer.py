"""What layer an uploaded table makes: geometry, attributes with types, what may be its key, and how it looks to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geoplatform.layers import casting, sources, stylefit
from geoplatform.layers.checks import MAX_ID_LENGTH
from geoplatform.layers.definition import (
    PLATFORM,
    SYSTEM_COLUMNS,
    Attribute,
    LayerDefinition,
    Level,
    Role,
    Source,
    Style,
    Text,
    unsafe_in_id,
)
from geoplatform.layers.intake.files import Upload
from geoplatform.layers.intake.names import identifier
from geoplatform.layers.intake.reading import GENERATED
from geoplatform.layers.library import Library
from geoplatform.layers.reasons import shortened
from geoplatform.layers.sources.base import Batch, SourceError
from geoplatform.layers.sources.tabular import Places

#: More columns than any layer needs.
MAX_COLUMNS = 300
#: Records shown before anything is taken.
SHOWN = 5

_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon", 4: "multipoint", 5: "line", 6: "polygon", 7: "collection"}
#: Columns that are a key by their name, if each record has another value there.
_KEYS = ("code", "kod", "id", "id_value", "key", "uuid", "globalid", "katottg")
_NAMES = ("name", "nazva", "title", "naimenuvannia")

# Formats in which everything is text; the others have types of their own.
_UNTYPED = ("csv", "kml")
_INTEGER = r"^-?(0|[1-9][0-9]{0,14})$"
_NUMBER = r"^-?[0-9]{1,15}([.,][0-9]+)?$"
_DATE = r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$"
_DATETIME = r"^[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]"


@dataclass
class Found:
    """What is in an uploaded table.

    columns: the table's column -> the attribute that it makes; keys: attributes that may be the key; kinds: how many
    geometries of each kind; outside: how many lie outside the region; shown: the first records.
    """

    rows: int = 0
    crs: str = ""
    columns: dict[str, Attribute] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)

    @property
    def geometry(self) -> str:
        """The layer's geometry: the kind that most records have."""
        kinds = Counter({kind: number for kind, number in self.kinds.items() if kind != "collection"})
        if not kinds:
            return "none"
        if kinds.keys() <= {"point", "multipoint"}:
            return "multipoint" if kinds["multipoint"] else "point"
        return kinds.most_common(1)[0][0]

    @property
    def key(self) -> str:
        """The attribute that identifies a feature: one that is called so, else ids made from the content."""
        return next((name for name in _KEYS if name in self.keys), GENERATED)


def look(upload: Upload, region: tuple[float, float, float, float] | None) -> Found:
    """Read the whole table and return what is in it. region: west, south, east, north in degrees.

    Raises SourceError when the table can't be read to its end.
    """
    found = Found()
    with sources.open_source(upload.source, upload.context(region), frozenset()) as reader:
        available = [name for name in reader.available if name != GENERATED]
    if len(available) > MAX_COLUMNS:
        raise SourceError(f"{upload.name}: {len(available)} columns; a layer has at most {MAX_COLUMNS}")
    wanted = [name for name in available if name.lower() not in set(SYSTEM_COLUMNS) - {"id"} and name.strip()]
    if upload.part.driver in ("csv", "xlsx"):
        places = set(Places(upload.source, upload.name, available, region).columns)
        wanted = [name for name in wanted if name not in places]
    guesses = {name: _Guess(upload.part.driver in _UNTYPED) for name in wanted}
    with sources.open_source(upload.source, upload.context(region), frozenset(wanted)) as reader:
        found.crs = reader.crs
        for batch in reader.batches():
            found.rows += len(batch)
            _see_geometry(found, batch, region)
            for name, guess in guesses.items():
                guess.see(batch.columns.get(name), len(batch))
            _show(found, batch, wanted)
    if not found.rows:
        raise SourceError(f"{upload.name}: the table {upload.part.title!r} has no records")
    _name_columns(found, guesses)
    return found


def draft(
    found: Found,
    library: Library,
    taken: Collection[str],
    title: str,
    file_name: str,
    *,
    theme: str | None = None,
    key: str | None = None,
    style: Style | None = None,
    bounds: str | None = None,
) -> LayerDefinition:
    """Return the layer that the table makes: for staff only, kept in the platform.

    taken: ids of the layers that there are. title: in whatever language the file's owner writes. theme: the library's last one
    if None. key: an attribute's name or GENERATED; found.key if None. bounds: where features must lie; the region unless most
    lie elsewhere. Raises ValueError when theme or key is unknown.
    """
    key = key or found.key
    if key != GENERATED and key not in found.keys:
        raise ValueError(f"{key}: is no attribute that each record has another value in")
    if theme is not None and library.theme(theme) is None:
        raise ValueError(f"{theme}: there is no such theme")
    attributes = list(found.columns.values())
    if key == GENERATED:
        heading = Text(uk="Ідентифікатор", en="Identifier")
        attributes.insert(0, Attribute(name=GENERATED, title=heading, publication=Level.staff))
    title = " ".join(title.replace("_", " ").split())[:200] or file_name
    owner = library.municipality.name if library.municipality else Text(uk="Громада", en="The community")
    inside = found.outside * 2 <= sum(found.kinds.values())
    return LayerDefinition(
        id=identifier(title, taken, "layer", 47),
        title=Text(uk=title, en=title),
        description=Text(uk=f"Завантажено з файлу {file_name}.", en=f"Uploaded from the file {file_name}."),
        theme=theme or library.themes[-1].id,
        geometry=found.geometry,
        source=Source(driver=PLATFORM, location="platform"),
        key=[key],
        attributes=attributes,
        publication=Level.staff,
        style=stylefit.fitted(style, attributes)[0] if style else Style(),
        bounds=bounds or ("region" if inside else "none"),
        owner=owner,
        licence="not_specified",
        attribution=owner,
        update_promise_days=365,
    )


def _see_geometry(found: Found, batch: Batch, region: tuple[float, float, float, float] | None) -> None:
    shapes = shapely.from_wkb(batch.geometry, on_invalid="ignore")
    there = shapes[~shapely.is_missing(shapes)]
    for kind, number in zip(*np.unique(shapely.get_type_id(there), return_counts=True), strict=True):
        found.kinds[_KINDS[int(kind)]] += int(number)
    if region is not None and len(there):
        box = shapely.box(*region)
        found.outside += int((~shapely.intersects(box, there)).sum())


def _show(found: Found, batch: Batch, wanted: list[str]) -> None:
    for row in range(min(len(batch), SHOWN - len(found.shown))):
        record = {name: batch.columns[name][row].as_py() for name in wanted if name in batch.columns}
        found.shown.append({name: shortened(value, 80) for name, value in record.items() if value is not None})


def _name_columns(found: Found, guesses: dict[str, _Guess]) -> None:
    taken = {*SYSTEM_COLUMNS, GENERATED}
    named = False
    for column, guess in guesses.items():
        plain = "id_value" if column.strip().lower() == "id" else column
        name = identifier(plain, taken, "column", 58)
        taken.add(name)
        role = Role.name if not named and name in _NAMES and guess.type == "text" else None
        named = named or role is not None
        title = " ".join(column.split())
        found.columns[column] = Attribute(
            name=name,
            type=guess.type,
            title=Text(uk=title, en=title),
            publication=Level.staff,
            source=None if name == column else [column, name],
            role=role,
            max_length=max(10_000, min(100_000, guess.longest)),
        )
        if guess.unique and guess.type in ("text", "integer"):
            found.keys.append(name)


class _Guess:
    """What a column holds, as far as it was seen."""

    def __init__(self, untyped: bool) -> None:
        self._untyped = untyped
        self._kind: str | None = None
        self._seen: set[int] | None = set()
        self.longest = 0

    @property
    def type(self) -> str:
        """The attribute's type."""
        return self._kind or "text"

    @property
    def unique(self) -> bool:
        """Whether every record had a value, fit for an address and met once."""
        return bool(self._seen)

    def see(self, column: pa.Array | None, length: int) -> None:
        """Take the next records' values; None when none of them has any."""
        if column is None:
            self._seen = None
            return
        texts = casting.as_text(column)
        if texts.null_count < length:
            self._kind = _common(self._kind, self._kind_of(column, texts.drop_null()))
            self.longest = max(self.longest, pc.max(pc.utf8_length(texts)).as_py() or 0)
        self._count(texts, length)

    def _count(self, texts: pa.Array, length: int) -> None:
        if self._seen is None:
            return
        values = texts.to_pylist()
        if texts.null_count or any(len(value) > MAX_ID_LENGTH or unsafe_in_id(value) for value in values):
            self._seen = None
            return
        before = len(self._seen)
        self._seen.update(map(hash, values))
        if len(self._seen) < before + length:
            self._seen = None

    def _kind_of(self, column: pa.Array, texts: pa.Array) -> str:
        kind = column.type
        if pa.types.is_boolean(kind):
            return "boolean"
        if pa.types.is_integer(kind):
            return "integer"
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return "number"
        if pa.types.is_date(kind):
            return "date"
        if pa.types.is_timestamp(kind):
            return "datetime"

        def all_like(pattern: str) -> bool:
            return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())

        patterns = [("date", _DATE), ("datetime", _DATETIME)]
        if self._untyped:
            patterns = [("integer", _INTEGER), ("number", _NUMBER), *patterns]
        return next((name for name, pattern in patterns if all_like(pattern)), "text")


def _common(first: str | None, second: str) -> str:
    if first is None or first == second:
        return second
    if {first, second} == {"integer", "number"}:
        return "number"
    return "datetime" if {first, second} == {"date", "datetime"} else "text"
