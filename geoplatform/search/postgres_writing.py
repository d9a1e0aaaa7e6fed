"""Writing documents into PostgreSQL: what does not differ is not written, and the words of names are counted along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import batched

from psycopg import Connection
from psycopg.types.json import Jsonb

from geoplatform.layers.definition import Level
from geoplatform.search import analysis
from geoplatform.search.document import Document, Reference, faces

_BATCH = 500

_COLUMNS = (
    "levels", "collection", "name", "kind", "layers", "is_demo", "title_uk", "title_en", "alternatives", "subtitle_uk",
    "subtitle_en", "body_uk", "body_en", "url", "geom", "since", "until", "keys", "data", "importance", "sort_key", "lexemes",
    "names", "digest",
)  # fmt: skip
_CASTS = {"geom": "ST_GeomFromWKB(%s, 4326)", "lexemes": "%s::tsvector", "names": "%s::tsvector"}
_UPSERT = (
    f"insert into search.document ({', '.join(_COLUMNS)}) values ({', '.join(_CASTS.get(name, '%s') for name in _COLUMNS)})"  # noqa: S608 - constants
    " on conflict (levels, collection, name) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("levels", "collection", "name"))
)

#: What a word is of: the keys of names that are no sounds in Latin letters and no numbers.
_OLD_WORDS = "array(select w from unnest(tsvector_to_array(d.names)) w where length(w) > 2 and w !~ '^~' and w !~ '[0-9]')"


def index(conn: Connection, documents: Iterable[Document]) -> int:
    """Write `documents` in the transaction of `conn`; see Backend.index."""
    return sum(_index_batch(conn, batch) for batch in batched(documents, _BATCH))


def remove(conn: Connection, references: Iterable[Reference], levels: Iterable[Level]) -> int:
    """Delete the forms of documents that `levels` see; see Backend.remove."""
    removed, seen = 0, _any_of(levels)
    for batch in batched(references, _BATCH * 4):
        removed += _delete(
            conn,
            "d.levels ~ %s and (d.collection, d.name) in (select * from unnest(%s::text[], %s::text[]))",
            [seen, [reference.collection for reference in batch], [reference.id for reference in batch]],
        )
    return removed


def retain(conn: Connection, collection: str, ids: Iterable[str], levels: Iterable[Level]) -> int:
    """Delete the others; see Backend.retain."""
    return _delete(
        conn,
        "d.levels ~ %s and d.collection = %s and not exists (select from unnest(%s::text[]) kept where kept = d.name)",
        [_any_of(levels), collection, list(ids)],
    )


def _any_of(levels: Iterable[Level]) -> str:
    """Return the pattern of faces that any of `levels` sees."""
    return f"[{''.join(level[0] for level in levels)}]"


def _delete(conn: Connection, condition: str, values: list) -> int:
    rows = conn.execute(
        f"delete from search.document d where {condition} returning d.levels, {_OLD_WORDS}",  # noqa: S608 - constants
        values,
    ).fetchall()
    words: Counter[tuple[str, str]] = Counter()
    for face, names in rows:
        words.subtract((face, word) for word in names)
    _count(conn, words)
    return len(rows)


def _index_batch(conn: Connection, batch: tuple[Document, ...]) -> int:
    wanted = {(face, document.collection, document.id): document for document in batch for face in faces(document.levels)}
    by_name: dict[tuple[str, str], list[str]] = {}
    for face, collection, name in wanted:
        by_name.setdefault((collection, name), []).append(face)
    kept = conn.execute(
        f"select d.levels, d.collection, d.name, d.digest, {_OLD_WORDS} from search.document d"  # noqa: S608 - constants
        " where (d.collection, d.name) in (select * from unnest(%s::text[], %s::text[]))",
        [[collection for collection, _ in by_name], [name for _, name in by_name]],
    ).fetchall()
    words: Counter[tuple[str, str]] = Counter()
    digests = {key: document.digest() for key, document in wanted.items()}
    outdated = []
    for face, collection, name, digest, names in kept:
        key = (face, collection, name)
        if key in wanted and digests[key] == digest:
            del wanted[key]
        elif key in wanted:
            words.subtract((face, word) for word in names)
        elif any(set(face) & set(new) for new in by_name[collection, name]):  # other forms for the same levels take its place
            outdated.append(key)
            words.subtract((face, word) for word in names)
    if outdated:
        conn.execute(
            "delete from search.document where (levels, collection, name)"
            " in (select * from unnest(%s::text[], %s::text[], %s::text[]))",
            [list(column) for column in zip(*outdated, strict=True)],
        )
    rows = []
    for (face, _, _), document in wanted.items():
        found = analysis.analysed(document)
        words.update((face, word) for word in found.words)
        rows.append(_row(face, document, found))
    with conn.cursor() as cursor:
        cursor.executemany(_UPSERT, rows)
    _count(conn, words)
    return len(rows) + len(outdated)


def _row(face: str, document: Document, found: analysis.Analysed) -> tuple:
    title, subtitle, body = document.title, document.subtitle, document.body
    return (
        face, document.collection, document.id, document.kind, list(document.layers), document.is_demo,
        _clean(title.in_language("uk")), _clean(title.in_language("en")), [_clean(text) for text in document.alternatives],
        _clean(subtitle.in_language("uk")), _clean(subtitle.in_language("en")), _clean(body.in_language("uk")),
        _clean(body.en), document.url, document.geometry, document.since, document.until, list(document.keys),
        Jsonb(document.data), document.importance,
        analysis.sort_key(document.title.in_language("uk")), found.lexemes, found.names, document.digest(),
    )  # fmt: skip


def _clean(text: str) -> str:
    """Return the text as PostgreSQL takes it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _count(conn: Connection, words: Counter[tuple[str, str]]) -> None:
    """Add to the numbers of documents that each word is in; forget those that are in none."""
    changed = sorted((face, word, number) for (face, word), number in words.items() if number)
    if not changed:
        return
    columns = [list(column) for column in zip(*changed, strict=True)]
    conn.execute(
        "insert into search.word as w (levels, word, documents) select * from unnest(%s::text[], %s::text[], %s::bigint[])"
        " on conflict (levels, word) do update set documents = w.documents + excluded.documents",
        columns,
    )
    conn.execute(
        "delete from search.word using unnest(%s::text[], %s::text[]) as changed (face, gone)"
        " where levels = face and word = gone and documents <= 0",
        columns[:2],
    )
