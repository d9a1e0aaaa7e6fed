"""PostgreSQL as the backend of search: reads through the views of the viewer's level, on that level's pool."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row
from rapidfuzz.distance import OSA

from geoplatform import database
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.search import analysis, postgres_writing
from geoplatform.search.backend import Backend, Hit, Hits, Question, Suggestion, Viewer
from geoplatform.search.document import Document, Reference, Words

#: So many names are ranked for a suggestion; a beginning with more of them is too short for the order to matter.
_CANDIDATES = 300
#: What is no longer than this is looked for at the beginning of names first, and inside them only when none begins so.
_SHORT = 2
#: How like a word must be to be compared letter by letter; PostgreSQL's own 0.3 misses two letters exchanged.
_SIMILARITY = "0.2"

# Weights of D, C, B, A. A title that is, or begins with, what was typed comes before those that merely hold the words.
_SCORE = """
    (ts_rank('{0.05,0.15,0.6,1.0}', lexemes, %(query)s::tsquery, 1)
     + case when sort_key = %(begins)s then 1.0 when starts_with(sort_key, %(begins)s) then 0.3 else 0 end
     + 0.3 * importance)"""

_VISIBLE = """
    layers <@ (select coalesce(array_agg(layer), '{{}}') from {layers} where layer = any(%(layers)s))
    and (%(demo)s or not is_demo)"""

_FOUND = """
    with found as materialized (
        select levels, collection, name, kind, sort_key, {score} as score from {documents} where {visible} {conditions}
    ), page as (
        select * from found where {chosen} order by score desc, sort_key, collection, name limit %(limit)s offset %(offset)s
    )
    select (select coalesce(jsonb_agg(counted), '[]') from (
                select kind, collection, count(*) as n from found group by kind, collection) as counted) as counts,
           (select coalesce(jsonb_agg(shown order by shown.score desc, shown.sort_key, shown.collection, shown.name), '[]')
              from (select d.collection, d.name, d.kind, d.title_uk, d.title_en, d.subtitle_uk, d.subtitle_en, d.alternatives,
                           d.body_uk, d.body_en, d.url, d.is_demo, d.data, d.keys, page.score, d.sort_key,
                           ST_AsGeoJSON(case when ST_NPoints(d.geom) <= 1000 then d.geom
                                             else ST_SimplifyPreserveTopology(d.geom, 0.002) end, 6) as geometry,
                           ST_X(on_it.point) as lon, ST_Y(on_it.point) as lat
                      from page join {documents} d using (levels, collection, name)
                     cross join lateral (select case ST_Dimension(d.geom) when 1 then ST_ClosestPoint(d.geom, ST_Centroid(d.geom))
                                                     else ST_PointOnSurface(d.geom) end as point) as on_it) as shown) as items"""

# Titles that begin as typed come by their index; names that hold the words by theirs. Both are bounded.
_SUGGESTED = """
    with begun as (
        select kind, collection, name, title_uk, title_en, subtitle_uk, subtitle_en, url, sort_key, importance, is_demo
          from {documents} where {visible} and sort_key like %(like)s order by sort_key limit %(candidates)s
    ), holding as (
        select kind, collection, name, title_uk, title_en, subtitle_uk, subtitle_en, url, sort_key, importance, is_demo
          from {documents} where %(inside)s and {visible} and names @@ %(query)s::tsquery limit %(candidates)s
    ), named as (
        select distinct on (collection, name) * from (select * from begun union all select * from holding) as both_ways
    )
    select kind, (array_agg(collection order by name))[1] as collection, (array_agg(name order by name))[1] as name,
           title_uk, title_en, (array_agg(subtitle_uk order by name))[1] as subtitle_uk,
           (array_agg(subtitle_en order by name))[1] as subtitle_en, (array_agg(url order by name))[1] as url, count(*) as n,
           bool_or(is_demo) as is_demo
      from named group by kind, title_uk, title_en
     order by max(case when sort_key = %(begins)s then 2 when starts_with(sort_key, %(begins)s) then 1 else 0 end) desc,
              max(importance) desc, length(title_uk), title_uk
     limit %(limit)s"""


_ALIKE = """
    select word, sum(documents) from {}
     where word %% %(word)s and length(word) between length(%(word)s) - 2 and length(%(word)s) + 2
     group by word order by similarity(word, %(word)s) desc limit 200"""

# The beginning of a long word is like no whole one; a slip seldom takes the first letter.
_BEGUN_ALIKE = """
    select word, sum(documents) from {}
     where starts_with(word, left(%(word)s, 1)) and length(word) >= length(%(word)s) - 1
     group by word order by sum(documents) desc limit 5000"""


class PostgresBackend(Backend):
    """Documents in the data database.

    conn: a connection of the owner, in whose transaction is written; not needed to search.
    """

    def __init__(self, conn: Connection | None = None):
        self._conn = conn

    def index(self, documents: Iterable[Document]) -> int:
        """See Backend.index; in the caller's transaction."""
        return postgres_writing.index(self._writer, documents)

    def remove(self, references: Iterable[Reference], levels: Iterable[Level] = SERVED_LEVELS) -> int:
        """See Backend.remove; in the caller's transaction."""
        return postgres_writing.remove(self._writer, references, levels)

    def retain(self, collection: str, ids: Iterable[str], levels: Iterable[Level] = SERVED_LEVELS) -> int:
        """See Backend.retain; in the caller's transaction."""
        return postgres_writing.retain(self._writer, collection, ids, levels)

    @property
    def _writer(self) -> Connection:
        if self._conn is None:
            raise RuntimeError("this backend was made to search; writing needs the owner's connection")
        return self._conn

    def search(self, question: Question, viewer: Viewer) -> Hits:
        """See Backend.search. Raises psycopg.Error."""
        values = self._values(question, viewer)
        conditions, chosen = [sql.SQL("")], [sql.SQL("true")]
        if values["query"]:
            conditions.append(sql.SQL("lexemes @@ %(query)s::tsquery"))
        if question.keys:
            conditions.append(sql.SQL("keys && %(keys)s"))
        if question.bbox:
            conditions.append(sql.SQL("geom && ST_MakeEnvelope({}, 4326)").format(_literals(question.bbox)))
        if question.since or question.until:
            conditions.append(
                sql.SQL("since <= coalesce(%(until)s::date, 'infinity') and until >= coalesce(%(since)s::date, '-infinity')")
            )
        if question.kinds:
            chosen.append(sql.SQL("kind = any(%(kinds)s)"))
        if question.collections:
            chosen.append(sql.SQL("collection = any(%(collections)s)"))
        statement = sql.SQL(_FOUND).format(
            score=sql.SQL(_SCORE if values["query"] else "importance"),
            documents=sql.Identifier(f"pub_{viewer.level}", "search_document"),
            visible=self._visible(viewer),
            conditions=sql.SQL(" and ").join(conditions),
            chosen=sql.SQL(" and ").join(chosen),
        )
        with database.pool(viewer.level).connection() as conn:
            counts, items = conn.execute(statement, values).fetchone()
        return _hits(question, counts, items)

    def suggest(self, question: Question, viewer: Viewer) -> list[Suggestion]:
        """See Backend.suggest. Raises psycopg.Error."""
        values = self._values(question, viewer)
        if not values["query"]:
            return []
        statement = sql.SQL(_SUGGESTED).format(
            documents=sql.Identifier(f"pub_{viewer.level}", "search_document"), visible=self._visible(viewer)
        )
        values |= {"like": _escaped(question.begins) + "%", "candidates": _CANDIDATES}
        # two letters are inside so many names that none of them is meant more than another
        values["inside"] = len(question.begins) > _SHORT
        with database.pool(viewer.level).connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(statement, values).fetchall()
            if not rows and not values["inside"]:
                rows = cursor.execute(statement, values | {"inside": True}).fetchall()
        return [
            Suggestion(
                row["kind"], row["collection"], row["name"], Words(row["title_uk"], row["title_en"]),
                Words(row["subtitle_uk"], row["subtitle_en"]), row["url"], row["n"], row["is_demo"],
            )
            for row in rows
        ]  # fmt: skip

    def near_words(self, word: str, viewer: Viewer, *, prefix: bool = False) -> list[str]:
        """See Backend.near_words. Raises psycopg.Error."""
        view = sql.Identifier(f"pub_{viewer.level}", "search_word")
        with database.pool(viewer.level).connection() as conn, conn.transaction():
            if conn.execute(sql.SQL("select from {} where word = %s").format(view), [word]).fetchone():
                return [word]
            conn.execute("select set_config('pg_trgm.similarity_threshold', %s, true)", [_SIMILARITY])
            rows = conn.execute(sql.SQL(_BEGUN_ALIKE if prefix else _ALIKE).format(view), {"word": word}).fetchall()
        allowed = 1 if len(word) <= 4 else 2
        near = [(_distance(word, other, prefix), -count, other) for other, count in rows]
        return [other for distance, _, other in sorted(near) if distance <= allowed][:3]

    @staticmethod
    def _visible(viewer: Viewer) -> sql.Composed:
        return sql.SQL(_VISIBLE).format(layers=sql.Identifier(f"pub_{viewer.level}", "search_layer"))

    @staticmethod
    def _values(question: Question, viewer: Viewer) -> dict[str, Any]:
        return {
            "query": analysis.query_literal(question.readings, prefix=question.prefix, any_word=question.any_word),
            "begins": question.begins,
            "layers": sorted(viewer.layers),
            "demo": viewer.demo,
            "kinds": list(question.kinds),
            "collections": list(question.collections),
            "since": question.since,
            "until": question.until,
            "keys": list(question.keys),
            "limit": question.limit,
            "offset": question.offset,
        }


def _distance(word: str, other: str, prefix: bool) -> int:
    """Return how many slips of the keyboard lie between the words; with `prefix`, between `word` and a beginning of `other`."""
    if not prefix:
        return OSA.distance(word, other)
    return min(OSA.distance(word, other[:length]) for length in range(max(1, len(word) - 1), len(word) + 2))


def _literals(numbers: Iterable[float]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Literal(number) for number in numbers)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _hits(question: Question, counts: list[dict], items: list[dict]) -> Hits:
    kinds: dict[str, int] = {}
    collections: dict[str, int] = {}
    total = 0
    for row in counts:
        in_kind = not question.kinds or row["kind"] in question.kinds
        in_collection = not question.collections or row["collection"] in question.collections
        if in_collection:
            kinds[row["kind"]] = kinds.get(row["kind"], 0) + row["n"]
        if in_kind:
            collections[row["collection"]] = collections.get(row["collection"], 0) + row["n"]
        if in_kind and in_collection:
            total += row["n"]
    return Hits(total, kinds, collections, tuple(_hit(item) for item in items))


def _hit(row: dict[str, Any]) -> Hit:
    return Hit(
        collection=row["collection"],
        id=row["name"],
        kind=row["kind"],
        title=Words(row["title_uk"], row["title_en"]),
        subtitle=Words(row["subtitle_uk"], row["subtitle_en"]),
        alternatives=tuple(row["alternatives"]),
        body=Words(row["body_uk"], row["body_en"]),
        url=row["url"],
        score=round(row["score"], 4),
        is_demo=row["is_demo"],
        geometry=row["geometry"],
        point=None if row["lon"] is None else (row["lon"], row["lat"]),
        data=row["data"],
        keys=tuple(row["keys"]),
    )
