"""Streets as people know them: one document for all lines of a street, found by today's name and by every former one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import shapely
from psycopg import Connection, sql

from geoplatform.layers.definition import Role
from geoplatform.places import names
from geoplatform.search.document import Document, Words
from geoplatform.search.grouped_source import GroupedSource, Members
from geoplatform.search.layer_documents import Form
from geoplatform.search.layer_source import LayerNow

#: Lines of one name further apart than this (degrees, about 800 m) are streets of different settlements.
_APART = 0.01
#: A settlement further from a street than this (degrees) is not named with it.
_NEAR = 0.1


class StreetSource(GroupedSource):
    """Streets from layers of lines (gazetteer: street) and of former names (gazetteer: rename)."""

    def __init__(self, layers: list[LayerNow], settlements: list[LayerNow]):
        super().__init__("streets", layers)
        self._renames = {layer.id for layer in layers if layer.gazetteer == "rename"}
        self._settlements = [layer.id for layer in settlements if layer.marks]

    def ids_to_read(self, layer: LayerNow, form: Form, ids: list[str]) -> list[str] | None:
        """See GroupedSource.ids_to_read: one more renaming may lengthen any chain, so all of them are looked at."""
        if layer.id not in self._renames:
            return ids
        return None

    def members(self, conn: Connection, form: Form, ids: list[str] | None) -> dict[str, list[str]]:
        """See GroupedSource.members."""
        if form.definition.id in self._renames:
            return _ends(self.read(conn, form, None), form)
        name = form.definition.with_role(Role.name)
        if name is None:
            return {}
        return {
            row["id"]: [names.street_name(row[name.name]).key] for row in self.read(conn, form, ids) if row[name.name]
        }  # fmt: skip

    def documents(self, conn: Connection, together: dict[str, Form], members: Members) -> Iterator[Document]:
        """See GroupedSource.documents."""
        former: dict[str, list[dict[str, Any]]] = defaultdict(list)
        lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for layer, form in together.items():
            keys = members.get(layer, {})
            apart = {} if layer in self._renames else _apart(conn, form, keys)
            for row in self.read(conn, form, keys):
                row = _told(form, row) | {"part": apart.get(row["id"], 0)}
                for key in keys[row["id"]]:
                    (former if layer in self._renames else lines)[key].append(row)
        for key in sorted({*former, *lines}):
            yield from self._streets(conn, together, key, lines[key], former[key])

    def _streets(
        self, conn: Connection, together: dict[str, Form], key: str, lines: list[dict], former: list[dict]
    ) -> Iterator[Document]:
        parts: dict[int, list[dict]] = defaultdict(list)
        for row in lines:
            parts[row["part"]].append(row)
        if not parts:
            yield _document(key, [], former, "")
            return
        # former names are of the city's street, the longest
        ordered = sorted(parts.values(), key=lambda rows: -sum(shapely.length(row["line"]) for row in rows))
        for number, rows in enumerate(ordered):
            where = self._settlement(conn, together, rows) if len(ordered) > 1 else ""
            yield _document(key, rows, former if number == 0 else [], where)

    def _settlement(self, conn: Connection, together: dict[str, Form], rows: list[dict]) -> str:
        """Return the name of the settlement nearest to the street, to tell it from others of its name; "" for none near."""
        place = shapely.to_wkb(shapely.MultiLineString([line for row in rows for line in _lines(row["line"])]))
        level = next(iter(together.values())).level
        for layer in self._settlements:
            row = conn.execute(
                "select document -> 'definition' from registry.published where layer = %s and level = %s", [layer, level]
            ).fetchone()
            if row is None or row[0]["geometry"] == "none":
                continue
            name = next((a["name"] for a in row[0]["attributes"] if a.get("role") == "name"), None)
            if name is None:
                continue
            nearest = conn.execute(
                sql.SQL(
                    "select {} from {} where ST_DWithin(geom, ST_GeomFromWKB(%(place)s, 4326), %(near)s)"
                    " order by geom <-> ST_GeomFromWKB(%(place)s, 4326) limit 1"
                ).format(sql.Identifier(name), sql.Identifier(f"pub_{level}", layer)),
                {"place": place, "near": _NEAR},
            ).fetchone()
            if nearest:
                return nearest[0]
        return ""


def _told(form: Form, row: dict[str, Any]) -> dict[str, Any]:
    """Return what a street's document needs of a feature."""

    def said(role: Role) -> str:
        return form.said(row, form.definition.with_role(role)).uk

    return {
        "layer": form.definition.id,
        "id": row["id"],
        "form": form,
        "is_demo": row["is_demo"],
        "line": shapely.from_wkb(row["geometry"]) if row["geometry"] else None,
        "name": said(Role.name),
        "name_en": said(Role.name_en),
        "old_name": said(Role.old_name),
        "note": said(Role.description),
        "date": said(Role.date),
        "act": said(Role.source),
    }


def _ends(rows: Iterator[dict[str, Any]], form: Form) -> dict[str, list[str]]:
    """Return the key of today's street for each renaming: the end of the chain A > B > C that it stands in."""
    definition = form.definition
    old, new, note = (definition.with_role(role) for role in (Role.old_name, Role.name, Role.description))
    if old is None or new is None:
        return {}
    found, following = {}, defaultdict(list)
    for row in rows:
        was, is_now = names.street_name(row[old.name]).key, names.street_name(row[new.name]).key
        found[row["id"]] = is_now
        if not (note and row[note.name]) and was != is_now:  # a part of a street does not take all of it along
            following[was].append(is_now)
    ends = {}
    for feature, key in found.items():
        seen = {key}
        while len(set(following.get(key, ()))) == 1 and following[key][0] not in seen:
            key = following[key][0]
            seen.add(key)
        ends[feature] = [key]
    return ends


def _apart(conn: Connection, form: Form, keys: dict[str, list[str]]) -> dict[str, int]:
    """Return for each line which of the streets of its name it belongs to."""
    pairs = [(feature, key) for feature, its in keys.items() for key in its]
    if not pairs:
        return {}
    statement = sql.SQL(
        "select v.id, ST_ClusterDBSCAN(v.geom, %s, 1) over (partition by m.key) from {} v"
        " join unnest(%s::text[], %s::text[]) m (id, key) on m.id = v.id where v.geom is not null"
    ).format(sql.Identifier(f"pub_{form.level}", form.definition.id))
    columns = [list(column) for column in zip(*pairs, strict=True)]
    return dict(conn.execute(statement, [_APART, *columns]).fetchall())


def _document(key: str, rows: list[dict], former: list[dict], where: str) -> Document:
    first = min(rows or former, key=lambda row: row["id"])
    titles = Counter(row["name"] for row in rows or former if names.street_name(row["name"]).key == key)
    title = min(titles, key=lambda name: (-titles[name], name)) if titles else first["name"]
    title_en = next((row["name_en"] for row in rows if row["name_en"]), "")
    past = [{"name": row["old_name"], "part": row["note"], "date": row["date"], "act": row["act"]} for row in former]
    # a name that the chain passed through is a former one as well
    past += [{"name": row["name"]} for row in former if names.street_name(row["name"]).key != key]
    past += [{"name": name.strip()} for row in rows for name in row["old_name"].replace(",", ";").split(";") if name.strip()]
    past = list({item["name"]: item for item in reversed(past) if item["name"]}.values())[::-1]
    was = ", ".join(dict.fromkeys(item["name"] for item in past))
    subtitle = Words(
        ", ".join(part for part in (where, f"колишня назва: {was}" if was else "") if part),
        ", ".join(part for part in (where, f"formerly {was}" if was else "") if part),
    )
    lines = [line for row in rows if row["line"] is not None for line in _lines(row["line"])]
    form: Form = first["form"]
    return Document(
        collection=first["layer"],
        id=first["id"],
        kind="street" if names.street_name(title).kind or rows else "feature",
        title=Words(title, title_en),
        url=form.url(first["id"]),
        levels=form.levels,
        layers=tuple(sorted({row["layer"] for row in (*rows, *former)})),
        alternatives=tuple(dict.fromkeys(item["name"] for item in past)),
        subtitle=subtitle,
        body=Words(". ".join(dict.fromkeys(item["part"] for item in past if item.get("part")))),
        geometry=shapely.to_wkb(shapely.MultiLineString(lines)) if lines else None,
        keys=tuple(dict.fromkeys(f"street:{name}" for name in (key, *(names.street_name(p["name"]).key for p in past)))),
        data={"key": key, "former": past},
        importance=0.6,
        is_demo=any(row["is_demo"] for row in (*rows, *former)),
    )


def _lines(geometry: Any) -> list[Any]:
    return list(geometry.geoms) if hasattr(geometry, "geoms") else [geometry]
