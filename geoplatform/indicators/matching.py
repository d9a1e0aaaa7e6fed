"""Which area a row means: by its code, with or without the letters before it, else by its name if only one area is called so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from psycopg import Connection, sql

from geoplatform.layers import tables
from geoplatform.layers.definition import LayerDefinition, Role

_CODE = re.compile(r"(?:UA|УА|UА|УA)?(\d{17})", re.IGNORECASE)
#: A spreadsheet keeps fifteen digits of a number: a code of seventeen that went through it ends in zeros or has an exponent.
_DAMAGED = re.compile(r"\d([.,]\d+)?e\+1[56]|(\d{15})00(\.0)?", re.IGNORECASE)
_APOSTROPHES = re.compile(r"['’ʼ`′\"«»“”]")
#: Words that tell what an area is, not which.
_KINDS = re.compile(
    r"\b(територіальна|міська|селищна|сільська|громада|громади|отг|тг|район|р-н|область|обл|місто|селище|село|смт|м|с|урбан|"
    r"urban|rural|settlement|territorial|community|hromada|raion|district|city|village)\b\.?"
)


@dataclass(frozen=True)
class AreaName:
    """An area as its layer has it. code: the value with the role of a code, or the feature's id."""

    id: str
    code: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """What a row means. area: the feature's id, None when it is not known; by: how it was found; choices: several that fit."""

    area: str | None
    by: Literal["code", "name", "nothing"]
    trouble: Literal["", "unmatched", "ambiguous", "damaged_code"] = ""
    choices: tuple[str, ...] = ()


class Areas:
    """The areas of a layer, found by code or name."""

    def __init__(self, areas: Iterable[AreaName]) -> None:
        self.all = {area.id: area for area in areas}
        self._by_code: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for area in self.all.values():
            for code in (area.id, area.code):
                self._by_code[_bare_code(code)] = area.id
            for name in area.names:
                for form in {_folded(name), _without_kind(name)} - {""}:
                    self._by_name[form].add(area.id)

    def match(self, code: str, name: str) -> Match:
        """Return the area that a row with this code and name means; the name is asked only where the code says nothing."""
        code = code.strip()
        if code:
            if (found := self._by_code.get(_bare_code(code))) is not None:
                return Match(found, "code")
            damaged = bool(_DAMAGED.fullmatch(code))
            if not damaged and (any(c.isdigit() for c in code) or name.strip()):
                return Match(None, "nothing", "unmatched")
            by_name = self._named(name if damaged else code)
            return Match(None, "nothing", "damaged_code") if damaged and by_name.area is None else by_name
        return self._named(name)

    def _named(self, name: str) -> Match:
        found = self._by_name.get(_folded(name)) or self._by_name.get(_without_kind(name)) or set()
        if len(found) > 1:
            return Match(None, "name", "ambiguous", tuple(sorted(found)))
        return Match(next(iter(found)), "name") if found else Match(None, "nothing", "unmatched")


def load(conn: Connection, layer: LayerDefinition) -> Areas:
    """Return the areas of `layer` as they are now; conn: of the owner role."""
    if not tables.columns(conn, layer.id):
        return Areas([])
    by_role = {role: layer.with_role(role) for role in (Role.code, Role.name, Role.name_en, Role.old_name)}
    parts = [sql.SQL("{}::text").format(sql.Identifier(a.name)) if a else sql.SQL("null") for a in by_role.values()]
    rows = conn.execute(sql.SQL("select id, {} from {}").format(sql.SQL(", ").join(parts), tables.table(layer.id))).fetchall()
    found = []
    for identifier, code, name, name_en, old in rows:
        former = [part.strip() for part in (old or "").split(";")]
        found.append(AreaName(identifier, code or identifier, tuple(n for n in (name, name_en, *former) if n)))
    return Areas(found)


def _bare_code(code: str) -> str:
    bare = re.sub(r"\s+", "", code)
    found = _CODE.fullmatch(bare)
    return found[1] if found else bare.lower()


def _folded(name: str) -> str:
    return " ".join(_APOSTROPHES.sub("", name.lower().replace("\u0301", "")).split())


def _without_kind(name: str) -> str:
    # what stands in brackets explains
    return " ".join(_KINDS.sub(" ", re.sub(r"\([^)]*\)", " ", _folded(name))).split())
