"""How places fit a profile: SQL and Python agree, the list follows it through its pages, the pages tell it in sentences."""

from __future__ import annotations

import re
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplatform import database
from geoplatform.layers.library import Library, load_library
from tests.integration.serving import layers
from tests.integration.serving.layers import attribute, definition, put

LISTED = {"role": "accessibility", "vocabulary": "accessibility_features", "multiple": True}
HALLS = definition(
    "halls",
    attribute("name", role="name"),
    attribute("category", role="category", vocabulary="facility_categories"),
    attribute("wheelchair", role="accessibility", vocabulary="wheelchair"),
    attribute("toilets_wheelchair", role="accessibility", vocabulary="wheelchair"),
    attribute("step_free", role="accessibility", type="boolean"),
    attribute("door_width", role="accessibility", type="integer"),
    attribute("accessibility", **LISTED),
    attribute("accessibility_missing", **LISTED),
)
#: Tells nothing of accessibility.
WELLS = definition("wells", attribute("name", role="name"))
SHELTERS = definition(
    "shelters",
    attribute("name", role="name"),
    attribute("accessibility", **LISTED),
    attribute("accessibility_missing", **LISTED),
)
ENTRANCES = definition(
    "shelter_entrances",
    attribute("shelter"),
    attribute("kind", role="category", vocabulary="entrance_kinds"),
    attribute("description", role="description"),
    attribute("step_free", role="accessibility", type="boolean"),
    attribute("door_width", role="accessibility", type="integer"),
    attribute("accessibility", **LISTED),
)
NUMBER = 120
#: Of the layers, which the tests of this file share.
VERSIONS = count(2)

MARKS = st.sampled_from([None, "yes", "limited", "no", "unknown"])


def hall(number: int, **facts) -> dict:
    given = {"wheelchair": None, "toilets_wheelchair": None, "step_free": None, "door_width": None}
    given |= {"accessibility": None, "accessibility_missing": None, "category": "hospital"}
    point = f"POINT({32.2 + number * 0.001} 48.5)"
    name = f"h{number:03d}"
    return {"id": name, "code": name, "is_demo": False, "name": f"Заклад {number}", "geom": point, **given, **facts}


def shelter(number: int, **facts) -> dict:
    name = f"s{number:02d}"
    given = {
        "id": name,
        "code": name,
        "is_demo": False,
        "name": f"Укриття {number}",
        "geom": f"POINT({32.2 + number / 1000} 48.5)",
    }
    return {**given, "accessibility": None, "accessibility_missing": None, **facts}


def entrance(number: int, of: str, kind: str = "main", **facts) -> dict:
    name = f"e{number:03d}"
    given = {"id": name, "code": name, "is_demo": False, "shelter": of, "kind": kind, "geom": "POINT(32.2 48.5)"}
    return {**given, "description": None, "step_free": None, "door_width": None, "accessibility": None, **facts}


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture
def publish(django_ready, module_data_db, library, monkeypatch):
    """Return a function that publishes features of layers, and gives a public connection and all layers."""
    from geoplatform.publicmap import current

    known = {"vocabularies": library.vocabularies, "themes": library.themes}
    monkeypatch.setattr(layers, "library", lambda *shown: Library(Path("layers"), {item.id: item for item in shown}, **known))
    pool = database.pool("public")
    conn = pool.getconn()

    def published(*contents):
        conn.rollback()
        for described, features in contents:
            put(module_data_db, described, features, version=next(VERSIONS))
        current.forget()
        return conn, current.layers(conn)

    yield published
    pool.putconn(conn)
    current.forget()


@pytest.fixture
def halls(publish):
    """Return a function that publishes such halls beside a layer of wells, and gives a public connection and the layers."""
    well = {"id": "w1", "code": "w1", "is_demo": False, "name": "Криниця", "geom": "POINT(32.2 48.6)"}
    return lambda features: publish((WELLS, [well]), (HALLS, features))


@pytest.fixture
def codes(library):
    return [term.code for term in library.vocabularies["accessibility_features"].terms]


def features(codes: list[str]) -> st.SearchStrategy:
    listed = st.none() | st.lists(st.sampled_from(codes), max_size=12, unique=True)
    one = st.fixed_dictionaries(
        {
            "wheelchair": MARKS,
            "toilets_wheelchair": MARKS,
            "step_free": st.none() | st.booleans(),
            "door_width": st.none() | st.integers(0, 200),
            "accessibility": listed,
            "accessibility_missing": listed,
        }
    )
    return st.lists(one, min_size=NUMBER, max_size=NUMBER)


def test_the_score_in_sql_is_the_score_in_python(halls, codes, library):
    from psycopg import sql

    from geoplatform.publicmap.profiles import fit, ranking

    seen: set[int] = set()

    @settings(max_examples=5, deadline=None, database=None)
    @given(features(codes))
    def agree(facts):
        conn, shown = halls([hall(n, **values) for n, values in enumerate(facts)])
        layer = next(layer for layer in shown if layer.id == "halls")
        for profile in library.profiles.profiles:
            points = ranking.score(layer, profile, library.profiles)
            in_sql = dict(conn.execute(sql.SQL("select id, {} from {}").format(points, layer.view)).fetchall())
            told = fit.of_places(conn, profile, [(layer, name) for name in in_sql], shown)
            assert in_sql == {name: fits.score for (_layer, name), fits in told.items()}
            seen.update(in_sql.values())

    agree()
    assert len(seen) > 30  # bad, unknown and good ones among them
    assert min(seen) < -900 and max(seen) > 20


def test_the_list_is_ordered_by_fit_through_all_its_pages(halls, codes):
    from geoplatform.publicmap import answer
    from geoplatform.publicmap.profiles import find, fit
    from geoplatform.publicmap.query import parse

    good, poor = {"accessibility": ["ramp", "wide_doorway"]}, {"accessibility_missing": ["lift"]}
    kinds = [{}, good, {"wheelchair": "no"}, {"wheelchair": "yes"}, poor]
    conn, shown = halls([hall(n, **kinds[n % 5]) for n in range(NUMBER)])
    asked = {"layer": ["halls", "wells"], "profile": ["wheelchair"], "sort": ["fit"], "near": ["32.2,48.5"]}
    listed = []
    pages = None
    while pages is None or len(listed) < NUMBER + 1:
        query, notices = parse(asked | {"page": [str(len(listed) // 25 + 1)]}, shown)
        assert not notices
        found = answer.run(conn, query, shown)
        pages = found.pages
        listed += found.items
    told = fit.of_places(conn, find("wheelchair"), [(item.layer, item.id) for item in listed], shown)
    ranks = [(told[item.layer.id, item.id].score, item.metres) for item in listed]
    assert ranks[-1][0] is None, "a layer that tells nothing comes last"
    assert all(a[0] > b[0] or (a[0] == b[0] and a[1] <= b[1]) for a, b in pairwise(ranks[:-1]))
    assert {item.id for item in listed} == {f"h{n:03d}" for n in range(NUMBER)} | {"w1"}


def test_a_shelter_is_scored_by_its_best_entrance_in_sql_as_in_python(publish, codes, library):
    from psycopg import sql

    from geoplatform.publicmap.profiles import fit, ranking

    listed = st.none() | st.lists(st.sampled_from(codes), max_size=6, unique=True)
    ways = st.fixed_dictionaries(
        {"step_free": st.none() | st.booleans(), "door_width": st.none() | st.integers(60, 120), "accessibility": listed}
    )
    own = st.fixed_dictionaries({"accessibility": listed, "accessibility_missing": listed})
    gained = 0

    @settings(max_examples=5, deadline=None, database=None)
    @given(st.lists(st.tuples(own, st.lists(ways, max_size=3)), min_size=40, max_size=40))
    def agree(facts):
        nonlocal gained
        places = [shelter(n, **values) for n, (values, _ways) in enumerate(facts)]
        doors = [entrance(n * 3 + m, f"s{n:02d}", **way) for n, (_own, ways) in enumerate(facts) for m, way in enumerate(ways)]
        conn, shown = publish((SHELTERS, places), (ENTRANCES, doors))
        layer, way = (next(item for item in shown if item.id == name) for name in ("shelters", "shelter_entrances"))
        for profile in library.profiles.profiles:
            points = ranking.score(layer, profile, library.profiles, way if doors else None)
            in_sql = dict(conn.execute(sql.SQL("select id, {} from {}").format(points, layer.view)).fetchall())
            told = fit.of_places(conn, profile, [(layer, name) for name in in_sql], shown)
            assert in_sql == {name: fits.score for (_layer, name), fits in told.items()}
            assert {name for (_layer, name), fits in told.items() if fits.about} == {door["shelter"] for door in doors}
            alone = fit.of_places(conn, profile, [(layer, name) for name in in_sql], [layer])
            gained += sum(told[ref].score != alone[ref].score for ref in told)

    agree()
    assert gained > 20


@pytest.fixture
def asking(django_ready):
    """Return a function that asks for a page as a stranger and gives its status and text."""
    from django.test import RequestFactory
    from django.urls import resolve
    from django.utils import translation

    def asked(path: str) -> tuple[int, str]:
        with translation.override("en" if path.startswith("/en/") else "uk"):
            request = RequestFactory().get(path)
            match = resolve(request.path_info)
            answer = match.func(request, *match.args, **match.kwargs)
        return answer.status_code, answer.content.decode()

    return asked


def test_a_shelter_is_judged_by_its_best_entrance_which_is_named(publish, asking):
    publish(
        (SHELTERS, [shelter(1), shelter(2), shelter(3, accessibility_missing=["step_free_entrance", "ramp", "platform_lift"])]),
        (
            ENTRANCES,
            [
                entrance(1, "s01", step_free=False, door_width=80),
                entrance(2, "s01", "spare", step_free=True, door_width=100, description="з двору"),
                # the wide door has steps before it, and whether a ramp nobody knows: neither is good
                entrance(3, "s02", step_free=False, door_width=100),
                entrance(4, "s02", "spare", step_free=True, door_width=80),
                # the survey of the shelter and that of its entrance contradict each other
                entrance(5, "s03", step_free=True),
            ],
        ),
    )
    status, card = asking("/map/shelters/s01/?profile=wheelchair")
    assert status == 200 and "Усе потрібне є." in card and "Це про вхід: Запасний вихід, з двору." in card
    assert "This is about the entrance: Emergency exit, з двору." in asking("/en/map/shelters/s01/?profile=wheelchair")[1]
    _status, card = asking("/map/shelters/s02/?profile=wheelchair")
    assert "Це про вхід: Основний вхід." in card and "Невідомо, чи можна зайти без сходинок." in card
    assert "Двері завузькі" not in card and "Усе потрібне є." not in card
    _status, card = asking("/map/shelters/s03/?profile=wheelchair")
    assert "Невідомо, чи можна зайти без сходинок." in card and "Це про вхід: Основний вхід." in card
    _status, page = asking("/map/?layer=shelters&profile=wheelchair&sort=fit")
    assert re.findall(r'data-id="(s\d+)"', page) == ["s01", "s02", "s03"]
    assert page.count("Це про вхід") == 3


def test_the_card_names_whose_requirements_are_compared(halls, asking):
    halls([hall(1, wheelchair="no")])
    _status, card = asking("/map/halls/h001/?profile=wheelchair")
    told = re.search(r'<ul class="govuk-list govuk-list--bullet" lang="uk">(.*?)</ul>', card, re.S)[1]
    sources = re.findall(r"<li>(.*?)</li>", told)
    assert "OpenStreetMap, wheelchair=no" in sources and "ДБН В.2.2-40:2018, вимоги до дверей" in sources
    assert len(sources) == len(set(sources))
    assert "Звідки ці вимоги" in card and "Where these requirements come from" in asking("/en/map/halls/h001/?profile=blind")[1]
    assert "Звідки ці вимоги" not in asking("/map/halls/h001/")[1]


@pytest.fixture
def shown(halls, asking):
    """Return a function that asks for a page of three halls: a good one, a bad one, one of which nothing is known."""
    halls([
        hall(1, wheelchair="yes", accessibility=["wide_doorway", "accessible_toilet"]),
        hall(2, accessibility_missing=["step_free_entrance", "ramp", "platform_lift"]),
        hall(3),
    ])  # fmt: skip
    return asking


def test_list_and_card_tell_how_a_place_fits(shown):
    status, page = shown("/map/?layer=halls&profile=wheelchair&sort=fit")
    assert status == 200
    assert re.findall(r'data-id="(h\d+)"', page) == ["h001", "h003", "h002"]
    assert "На вході сходинки, а пандуса чи платформи немає." in page
    assert "Невідомо, чи підійде вам це місце." in page
    assert 'href="/map/halls/h001/?profile=wheelchair"' in page
    assert '<option value="wheelchair" selected>На кріслі колісному</option>' in page
    status, card = shown("/map/halls/h002/?profile=wheelchair")
    assert status == 200 and "<strong>На вході сходинки, а пандуса чи платформи немає.</strong>" in card
    assert "Невідомо, чи пройде крісло у двері." in card
    _status, card = shown("/en/map/halls/h001/?profile=wheelchair")
    assert "All that is needed is there." in card and "The doorways are wide enough for a wheelchair." in card
    _status, fragment = shown("/map/halls/h002/card/?profile=wheelchair")
    assert "На вході сходинки" in fragment


def test_nothing_known_is_never_called_fine(shown, library):
    for profile in library.profiles.profiles:
        _status, card = shown(f"/en/map/halls/h003/?profile={profile.id}")
        assert "It is not known whether this place fits." in card, profile.id
        assert "All that is needed is there." not in card


def test_plain_words_tell_what_kind_of_place_it_is(shown):
    _status, page = shown("/map/?layer=halls&profile=plain")
    assert "Це лікарня. Тут лікують хворих." in page
    _status, page = shown("/map/?layer=halls&profile=wheelchair")
    assert "Це лікарня." not in page


def test_a_profile_that_is_not_there_is_told(shown):
    status, page = shown("/en/map/?layer=halls&profile=dragon")
    assert status == 200 and "There is no needs profile “dragon”." in page
    status, page = shown("/en/map/?layer=halls&profile=%3Cscript%3E")
    assert status == 400 and "<script>”" not in page
    status, page = shown("/en/map/?layer=halls&sort=fit")
    assert status == 200 and "choose your needs" in page
    status, _page = shown("/map/halls/h001/?profile=%00%3Cscript%3E")
    assert status == 200


def test_the_profile_stays_in_the_address(shown):
    _status, page = shown("/map/?layer=halls&profile=pram&sort=fit")
    canonical = re.search(r'rel="canonical" href="([^"]+)"', page)[1]
    assert "profile=pram" in canonical and "sort=fit" in canonical


def test_the_shipped_file_is_the_one_that_is_read(library):
    assert (Path(library.root) / "profiles.yaml").is_file() and library.profiles.profiles
