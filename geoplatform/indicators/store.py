"""Indicators in the database: written by the owner in one transaction, read through the views of a level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from geoplatform.access import audit
from geoplatform.indicators import classes
from geoplatform.indicators.classes import Breaks
from geoplatform.indicators.definition import Indicator
from geoplatform.layers.definition import Level

Classify = Callable[[Mapping[int, Sequence[float]]], dict[int, Breaks]]


@dataclass(frozen=True)
class Kept:
    """An indicator as the owner sees it. values, years: how many; file_hash: of the shipped table that it came from."""

    indicator: Indicator
    changed_at: datetime
    changed_by: str
    values: int
    years: tuple[int, ...]
    file_hash: str | None


@dataclass(frozen=True)
class Shown:
    """An indicator that a level may see."""

    indicator: Indicator
    changed_at: datetime
    years: tuple[int, ...]


def write(
    conn: Connection,
    indicator: Indicator,
    values: Mapping[tuple[str, int], float],
    actor: str,
    classify: Classify = classes.here,
    file_hash: str | None = None,
) -> None:
    """Write the indicator and its values: years that are among them are replaced, others stay. One transaction.

    values: (area, year) -> value. conn: of the owner role. actor: `account:<id>`, `cli:<user>` or `system`.
    """
    by_year: dict[int, list[float]] = defaultdict(list)
    for (_area, year), value in values.items():
        by_year[year].append(value)
    bounds = classify(by_year)  # before anything is locked
    years = sorted(by_year)
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(
            "insert into indicators.indicator (id, document, areas, level, is_demo, file_hash, changed_by)"
            " values (%(id)s, %(document)s, %(areas)s, %(level)s, %(is_demo)s, %(hash)s, %(actor)s)"
            " on conflict (id) do update set document = excluded.document, areas = excluded.areas, level = excluded.level,"
            " is_demo = excluded.is_demo, file_hash = excluded.file_hash, changed_by = excluded.changed_by, changed_at = now()",
            {
                "id": indicator.id,
                "document": Jsonb(indicator.model_dump(mode="json")),
                "areas": indicator.areas,
                "level": str(indicator.publication),
                "is_demo": indicator.is_demo,
                "hash": file_hash,
                "actor": actor,
            },
        )
        for table in ("value", "classes"):
            statement = sql.SQL("delete from {} where indicator = %s and year = any(%s)").format(
                sql.Identifier("indicators", table)
            )
            cursor.execute(statement, [indicator.id, years])
        with cursor.copy("copy indicators.value (indicator, year, area, value) from stdin") as copy:
            for (area, year), value in values.items():
                copy.write_row((indicator.id, year, area, value))
        with cursor.copy("copy indicators.classes (indicator, year, method, classes, breaks) from stdin") as copy:
            for year, by_method in bounds.items():
                for (method, count), breaks in by_method.items():
                    copy.write_row((indicator.id, year, method, count, breaks))
        audit.note(
            conn, actor, "indicator", indicator=indicator.id, level=str(indicator.publication), values=len(values), years=years
        )


def remove(conn: Connection, indicator: str, actor: str) -> bool:
    """Take an indicator away with its values; return whether there was one. conn: of the owner role; actor: as in `write`."""
    with conn.transaction():
        gone = conn.execute("delete from indicators.indicator where id = %s", [indicator]).rowcount == 1
        if gone:
            audit.note(conn, actor, "indicator", indicator=indicator, removed=True)
        return gone


def kept(conn: Connection) -> list[Kept]:
    """Return all indicators; conn: of the owner role."""
    rows = conn.execute(
        "select i.document, i.changed_at, i.changed_by, count(v.area), array_agg(distinct v.year order by v.year)"
        " filter (where v.year is not null), i.file_hash"
        " from indicators.indicator i left join indicators.value v on v.indicator = i.id group by i.id order by i.id"
    ).fetchall()
    return [Kept(Indicator.model_validate(row[0]), row[1], row[2], row[3], tuple(row[4] or ()), row[5]) for row in rows]


def shown(conn: Connection, level: Level) -> list[Shown]:
    """Return the indicators that `level` may see and that have values; conn: of the level's role."""
    statement = sql.SQL(
        "select i.document, i.changed_at, array(select distinct v.year from {values} v where v.indicator = i.id order by 1)"
        " from {indicators} i order by i.is_demo, i.id"
    ).format(values=_view(level, "indicator_value"), indicators=_view(level, "indicator"))
    rows = conn.execute(statement).fetchall()
    return [Shown(Indicator.model_validate(row[0]), row[1], tuple(row[2])) for row in rows if row[2]]


def values(conn: Connection, level: Level, indicator: str) -> dict[int, dict[str, float]]:
    """Return the values by year and area; conn: of the level's role."""
    statement = sql.SQL("select year, area, value from {} where indicator = %s").format(_view(level, "indicator_value"))
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for year, area, value in conn.execute(statement, [indicator]):
        found[year][area] = value
    return dict(sorted(found.items()))


def bounds(conn: Connection, level: Level, indicator: str, year: int) -> Breaks:
    """Return the classes' upper bounds of a year by method and number; conn: of the level's role."""
    statement = sql.SQL("select method, classes, breaks from {} where indicator = %s and year = %s").format(
        _view(level, "indicator_classes")
    )
    return {(method, count): breaks for method, count, breaks in conn.execute(statement, [indicator, year])}


def _view(level: Level, name: str) -> sql.Identifier:
    return sql.Identifier(f"pub_{level}", name)
