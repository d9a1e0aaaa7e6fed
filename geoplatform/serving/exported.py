"""What a downloaded file holds: its columns, its order, its words about itself. CSV is written here, GDAL writes the others."""

from __future__ import annotations

from typing import Any, BinaryIO

from psycopg import ClientCursor, Connection, sql

from geoplatform.layers import cells
from geoplatform.layers.definition import BASED_ON, Attribute
from geoplatform.layers.vocabulary import Vocabulary
from geoplatform.serving import features
from geoplatform.serving.crs import geometry_expression
from geoplatform.serving.parameters import ItemsQuery
from geoplatform.serving.publication import ServedLayer

#: One file may take this long in the database.
_TIMEOUT = "set local statement_timeout = '200s'"


def write_csv(conn: Connection, layer: ServedLayer, query: ItemsQuery, language: str, out: BinaryIO, *, bom: bool) -> None:
    """Write the features that `query` selects as CSV in UTF-8; conn: of the level's role, in autocommit.

    Points have two columns of coordinates (`lon` and `lat` in degrees, else `x` east and `y` north), other geometries one of WKT.
    No cell is a formula for a spreadsheet. bom: begin with the mark by which Excel knows UTF-8.
    """
    columns = [
        f"{_harmless(value) if text else value} as {_quoted(name)}" for name, value, text in _columns(layer, query, language)
    ]
    statement, values = _statement(layer, query, [*columns, *_coordinates(layer, query)])
    if bom:
        out.write("\ufeff".encode())
    with conn.transaction(), ClientCursor(conn) as cursor:
        cursor.execute(_TIMEOUT)
        with cursor.copy(f"copy ({cursor.mogrify(statement, values)}) to stdout with (format csv, header)") as copy:
            for block in copy:
                out.write(block)


def task(
    conn: Connection, layer: ServedLayer, query: ItemsQuery, language: str, driver: str, path: str, dsn: str, *, to_edit: bool
) -> dict[str, Any]:
    """Return what `geoplatform.serving.vector_writer` is to do.

    to_edit: whether the file may come back changed; each row then says on which version of the layer it is based.
    FlatGeobuf as GDAL writes it leaves out features without a place.
    """
    profile, definition = query.profile, layer.definition
    columns = [f"{value} as {_quoted(name)}" for name, value, _ in _columns(layer, query, language)]
    shown = layer.has_geometry and not profile.skip_geometry
    if shown:
        columns.append(f"{_place(query)} as geom")
    if to_edit and not profile.states:
        columns.append(f"{layer.layer.version:d} as {BASED_ON}")
    statement, values = _statement(layer, query, columns)
    with ClientCursor(conn) as cursor:
        text = cursor.mogrify(statement, values)
    return {
        "dsn": dsn,
        "sql": text,
        "driver": driver,
        "path": path,
        "layer": layer.id,
        "geometry": {"point": "POINT", "multipoint": "MULTIPOINT", "line": "MULTILINESTRING", "polygon": "MULTIPOLYGON"}[
            definition.geometry
        ]
        if shown
        else "NONE",
        "crs": f"EPSG:{profile.crs.srid}",
        "title": definition.title.in_language(language),
        "description": about(layer, language),
        "metadata": _metadata(layer, language),
    }


def probe(conn: Connection, layer: ServedLayer, query: ItemsQuery) -> None:
    """Have the database look for one feature, so that a query it refuses is refused as psycopg.Error."""
    where, values = features.where_clause(query.conditions)
    conn.execute(f"select 1 from {features.relation(layer, query.profile)}{where} limit 1", values)  # noqa: S608


def identity(conn: Connection, layer: ServedLayer, query: ItemsQuery) -> int | None:
    """Return what tells the view apart that `query` reads from any made in its place, None when there is none."""
    return conn.execute("select to_regclass(%s)::oid::bigint", [features.relation(layer, query.profile)]).fetchone()[0]


def about(layer: ServedLayer, language: str) -> str:
    """Return what the file says of itself: what it is, whose, under which licence, as of when."""
    definition = layer.definition
    words = _metadata(layer, language)
    date = layer.layer.source_date or layer.layer.changed_at
    parts = [definition.description.in_language(language), words["ATTRIBUTION"], f"{words['LICENSE']} {words['LICENSE_URL']}"]
    return " | ".join([*parts, f"{date:%Y-%m-%d}"] if date else parts)


def licence_address(licence: str) -> str:
    """Return where the licence, an SPDX identifier, is explained."""
    return f"https://spdx.org/licenses/{licence}.html"


def _metadata(layer: ServedLayer, language: str) -> dict[str, str]:
    definition, known = layer.definition, layer.layer
    found = {
        "TITLE": definition.title.in_language(language),
        "ATTRIBUTION": definition.attribution.in_language(language),
        "OWNER": definition.owner.in_language(language),
        "LICENSE": definition.licence,
        "LICENSE_URL": licence_address(definition.licence),
        "VERSION": str(known.version),
    }
    for name, moment in (("SOURCE_DATE", known.source_date), ("CHANGED_AT", known.changed_at)):
        if moment is not None:
            found[name] = moment.isoformat()
    return found


def _statement(layer: ServedLayer, query: ItemsQuery, columns: list[str]) -> tuple[str, list[Any]]:
    where, values = features.where_clause(query.conditions)
    order = ", ".join(term.order for term in query.order)
    limit = f" limit {query.limit:d}" if query.bounded else ""
    chosen = ", ".join(columns)
    source = features.relation(layer, query.profile)
    return f"select {chosen} from (select * from {source}{where}) as found order by {order}{limit}", values  # noqa: S608


def _columns(layer: ServedLayer, query: ItemsQuery, language: str) -> list[tuple[str, str, bool]]:
    """Return the attribute columns: name, SQL, whether it is text. Terms of vocabularies come with their titles beside them."""
    profile = query.profile
    chosen = layer.property_names if profile.select is None else profile.select
    found = [("id", "id", True)]
    for name in chosen:
        if name == "is_demo":
            found.append((name, name, False))
            continue
        attribute = layer.attributes[name]
        found.append((name, _value(attribute), attribute.type in ("text", "json")))
        vocabulary = layer.layer.vocabularies.get(attribute.vocabulary or "")
        if vocabulary is not None and f"{name}_title" not in layer.attributes:
            found.append((f"{name}_title", _titles(attribute, vocabulary, language), True))
    if profile.states:
        found += [("valid_from", "valid_from", False), ("valid_to", "valid_to", False)]
    return found


def _value(attribute: Attribute) -> str:
    column = _quoted(attribute.name)
    if attribute.multiple:
        return f"array_to_string({column}, ';')"
    return f"{column}::text" if attribute.type == "json" else column


def _titles(attribute: Attribute, vocabulary: Vocabulary, language: str) -> str:
    column = _quoted(attribute.name)
    cases = " ".join(f"when {_literal(term.code)} then {_literal(term.title.in_language(language))}" for term in vocabulary.terms)
    if not attribute.multiple:
        return f"case {column} {cases} end"
    return f"(select string_agg(case code {cases} else code end, '; ') from unnest({column}) as code)"  # noqa: S608


def _coordinates(layer: ServedLayer, query: ItemsQuery) -> list[str]:
    profile = query.profile
    if not layer.has_geometry or profile.skip_geometry:
        return []
    place, crs = _place(query), profile.crs
    digits = min(crs.decimals, profile.precision)
    if layer.definition.geometry == "point":
        names = ("lon", "lat") if crs.geographic else ("x", "y")
        taken = {*layer.attributes, "id", "is_demo"}
        names = tuple(name if name not in taken else f"geom_{name}" for name in names)
        return [
            f"round(ST_X({place})::numeric, {digits}) as {_quoted(names[0])}",
            f"round(ST_Y({place})::numeric, {digits}) as {_quoted(names[1])}",
        ]
    return [f"ST_AsText({place}, {digits}) as geom"]


def _place(query: ItemsQuery) -> str:
    """Return SQL of the geometry with x = east, as files of features have it whatever the authority says."""
    crs = query.profile.crs
    expression = geometry_expression(crs)
    place = expression.removeprefix("ST_FlipCoordinates(").removesuffix(")") if crs.northing_first else expression
    if query.profile.precision < crs.decimals:
        place = f"ST_QuantizeCoordinates({place}, {query.profile.precision:d})"
    return place


def _harmless(text: str) -> str:
    """Return SQL of the text with an apostrophe before what a spreadsheet would run."""
    test = f"({text}) ~ {_literal(cells.FORMULA)} and not ({text}) ~ {_literal(cells.NUMBER)}"
    return f"case when {test} then '''' || ({text}) else ({text}) end"


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def _literal(text: str) -> str:
    # a percent sign would be taken for a place of a parameter
    return sql.Literal(text).as_string(None).replace("%", "%%")
