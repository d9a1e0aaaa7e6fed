"""One query, three views: the list, the map's set and the summary hold the same features."""

from __future__ import annotations

import itertools

import pytest

from geoplatform import database

WORDS = ["", "Інгул", "ґан", "кам'янка", "камʼянка", "Кам’янка", "hospital", "p00", "100%", "_", "\\", "вулиця пам’яті"]
CATEGORIES = [(), ("hospital",), ("hospital", "clinic")]
LAYERS = [("places",), ("clinics", "shelters"), ("places", "clinics", "shelters")]


@pytest.fixture
def available(django_ready, published):
    from geoplatform.publicmap import current

    current.forget()
    with database.pool("public").connection() as conn:
        yield conn, current.layers(conn)


def test_list_map_and_summary_hold_the_same_features(available):
    from geoplatform.publicmap import answer
    from geoplatform.publicmap.query import parse

    conn, layers = available
    some = 0
    for words, categories, chosen in itertools.product(WORDS, CATEGORIES, LAYERS):
        parameters = {"q": [words], "category": list(categories), "layer": list(chosen)}
        query, notices = parse(parameters, layers)
        assert not notices
        first = answer.run(conn, query, layers)
        listed = [(item.layer.id, item.id) for item in first.items]
        for page in range(2, first.pages + 1):
            numbered, _ = parse(parameters | {"page": [str(page)]}, layers)
            listed += [(item.layer.id, item.id) for item in answer.run(conn, numbered, layers).items]
        drawn = _drawn(conn, query, layers, answer.feature_ids(conn, query, layers))
        assert len(listed) == len(set(listed)) == first.total == sum(layer.count for layer in first.layers)
        assert set(listed) == drawn
        if first.bounds:
            west, south, east, north = first.bounds
            points = [item.point for item in first.items]
            assert all(west <= x <= east and south <= y <= north for x, y in points)
        some += first.total
    assert some > 500


def _drawn(conn, query, layers, fids):
    """Return what the map draws: of each chosen layer the named features, or all when the query does not narrow it."""
    found = set()
    for layer in layers:
        if layer.id not in query.layers:
            continue
        rows = conn.execute(f"select fid, id from pub_public.{layer.id}").fetchall()
        found |= {(layer.id, name) for fid, name in rows if not query.filtered or fid in fids.get(layer.id, ())}
    return found


def test_apostrophes_case_and_wildcards_are_taken_as_people_mean_them(available):
    from geoplatform.publicmap import answer
    from geoplatform.publicmap.query import parse

    conn, layers = available

    def count(words: str) -> int:
        return answer.run(conn, parse({"q": [words], "layer": ["places", "clinics"]}, layers)[0], layers).total

    assert count("КАМ'ЯНКА") == count("кам’янка") == count("камʼянка") > 1
    assert count("100%_") == 1
    assert count("0%_") == 1
    assert count("ґанок") > 0 and count("ганок") == 0


def test_page_beyond_the_end_names_the_last_one(available):
    from geoplatform.publicmap import answer
    from geoplatform.publicmap.query import parse

    conn, layers = available
    query, _ = parse({"layer": ["places"], "page": ["4"]}, layers)
    with pytest.raises(answer.PageMissing) as missing:
        answer.run(conn, query, layers)
    assert missing.value.last == 3


def test_address_is_read_back_as_the_query_it_was_written_from(available):
    from django.http import QueryDict

    from geoplatform.publicmap.query import parse

    _conn, layers = available
    for words, categories, chosen in itertools.product(WORDS, CATEGORIES, [(), *LAYERS]):
        parameters = {"q": [words], "category": list(categories), "layer": list(chosen), "page": ["2"], "place": ["clinics:a:b"]}
        query, _ = parse(parameters, layers)
        again, notices = parse(QueryDict(query.address().removeprefix("?")), layers)
        assert again == query and not notices


def test_lists_follow_the_ukrainian_alphabet_and_count_numbers_by_their_value(available):
    from psycopg import sql

    from geoplatform.publicmap import ordering

    conn, _layers = available
    names = ["Абрикосова", "гай", "ґанок", "Дачна", "енергія", "Євшан", "жито", "Зелена", "и", "Інгул", "їжак", "йод"]
    names += ["Школа № 1", "Школа № 2", "Школа № 2а", "Школа № 10", "Школа № 10а", "Щаслива", "Ярмаркова"]
    statement = sql.SQL("select name from unnest(%s::text[]) as given(name) order by {}").format(
        ordering.by_name(sql.Identifier("name"))
    )
    mixed = sorted(names, key=lambda name: name[::-1])
    assert [name for (name,) in conn.execute(statement, [mixed])] == names
    assert sorted(mixed, key=ordering.sort_key) == names
