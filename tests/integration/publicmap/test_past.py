"""The map as of a date: one set in list, map, summary and card, as it was then, and nothing of what may not be seen today."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geoplatform import database
from geoplatform.layers import history
from tests.integration.publicmap.conftest import BLOCK, BLOCKS, CLINIC, CLINICS, DEMO_CLINIC, SHELTERS
from tests.integration.publicmap.states import was
from tests.integration.serving.layers import PLACES, attribute, definition, place, put

#: A layer that staff alone may see today, of which the past once was loaded.
WITHDRAWN = definition("withdrawn", attribute("name", role="name"), publication="staff")
#: One whose places everybody sees only to a tenth of a degree.
ROUGH = definition(
    "rough", attribute("name", role="name"), publication_geometry={"public": {"decimals": 1}}, publication="public"
)
#: Like a real synchronisation, the tests' layers hold what they hold since the beginning of 2026.
CHANGED = "2026-01-01T00:00Z"


@pytest.fixture(scope="module")
def published(module_data_db: psycopg.Connection) -> psycopg.Connection:
    """In 2025 there were forty other places, one clinic elsewhere under another name, and one that is gone."""
    conn = module_data_db
    put(conn, PLACES, [place(number) for number in range(30)], version=2)
    put(conn, CLINICS, [CLINIC, DEMO_CLINIC], version=2)
    put(conn, SHELTERS, [])
    put(conn, BLOCKS, [BLOCK])
    put(conn, WITHDRAWN, [])
    rough = {"is_demo": False, "name": "Дім"}
    houses = [rough | {"id": "r1", "code": "r1", "geom": "POINT(32.2641 48.5123)"}]
    put(conn, ROUGH, [*houses, rough | {"id": "r2", "code": "r2", "geom": "POINT(32.4141 48.6123)"}])
    for layer in ("places", "clinics", "withdrawn", "rough"):
        history.ensure_partition(conn, layer)
    for number in range(20, 60):
        earlier = {"name": f"Раніше {number}", "note_staff": 77, "secret": "was-top-secret"}
        was(conn, "places", place(number, **earlier), "2025-01-01T00:00Z", CHANGED)
    old = CLINIC | {"name": "Стара амбулаторія", "note_staff": "ключ був під килимком", "geom": "POINT(32.30 48.50)"}
    was(conn, "clinics", old, "2025-01-01T00:00Z", CHANGED)
    gone = CLINIC | {"id": "c9", "code": "c9", "name": "Зачинена амбулаторія", "hours": "24/7", "kind": "hospital"}
    was(conn, "clinics", gone, "2025-01-01T00:00Z", "2025-06-01T09:00Z")
    secret = {"id": "w1", "code": "w1", "name": "Таємниця", "is_demo": False, "geom": "POINT(32.26 48.51)"}
    was(conn, "withdrawn", secret, "2025-01-01T00:00Z", CHANGED)
    exact = {"id": "r1", "code": "r1", "name": "Дім", "is_demo": False, "geom": "POINT(32.2345 48.5678)"}
    was(conn, "rough", exact, "2025-01-01T00:00Z", CHANGED)
    for layer, at in (("places", "2025-01-01T00:00Z"), ("clinics", "2025-01-01T00:00Z"), ("blocks", CHANGED)):
        conn.execute(
            "insert into registry.change_event (layer, version, added, changed, removed, at) values (%s, 1, 1, 0, 0, %s)",
            [layer, at],
        )
    conn.execute("update registry.layer set checked_at = now()")
    conn.commit()
    return conn


def test_the_list_shows_what_was_there_then(ask):
    page = ask("/map/?layer=clinics&asof=2025-03-01")
    assert page.status == 200
    assert "Стара амбулаторія" in page.text and "Зачинена амбулаторія" in page.text
    assert "Поліклініка" not in page.text
    assert "Станом на" in page.text and 'href="/map/?layer=clinics"' in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    later = ask("/map/?layer=clinics&asof=2025-07-01").text
    assert "Стара амбулаторія" in later and "Зачинена амбулаторія" not in later


def test_a_time_of_day_is_followed_to_the_minute(ask):
    """The clinic was closed at noon of the first of June, Kyiv time."""
    assert "Зачинена амбулаторія" in ask("/map/?layer=clinics&asof=2025-06-01T11:59").text
    assert "Зачинена амбулаторія" not in ask("/map/?layer=clinics&asof=2025-06-01T12:00").text
    assert "Зачинена амбулаторія" not in ask("/map/?layer=clinics&asof=2025-06-01").text
    assert "Зачинена амбулаторія" in ask("/map/?layer=clinics&asof=2025-05-31").text


def test_filters_ask_the_past(ask):
    assert "Зачинена амбулаторія" in ask("/map/?layer=clinics&asof=2025-03-01&category=hospital").text
    assert "Стара" not in ask("/map/?layer=clinics&asof=2025-03-01&category=hospital").text
    near = ask("/map/?layer=clinics&asof=2025-03-01&near=32.26,48.51&within=300").text
    assert "Зачинена амбулаторія" in near and "Стара" not in near
    night = ask("/map/?layer=clinics&asof=2025-03-01&open=2025-03-01T03:00").text
    assert "Зачинена амбулаторія" in night and "Стара" not in night


def test_an_area_that_was_not_there_then_is_no_area(ask):
    assert "Подільський" in ask("/map/?layer=clinics&area=blocks:b1").text
    then = ask("/map/?layer=clinics&area=blocks:b1&asof=2025-03-01")
    assert then.status == 200 and "немає в даних" in then.text


def test_a_place_that_is_gone_has_its_page_of_then(ask):
    assert ask("/map/clinics/c9/").status == 404
    page = ask("/map/clinics/c9/?asof=2025-03-01")
    assert page.status == 200
    assert "Зачинена амбулаторія" in page.text and "/remark/" not in page.text
    assert "datetime=2025-03-01T21:59:59.999999Z" in page.text
    gone = ask("/map/clinics/c9/?asof=2025-08-01")
    assert gone.status == 404 and "1 серпня 2025" in gone.text
    assert "Зачинена амбулаторія" in ask("/map/clinics/c9/card/?asof=2025-03-01").text


def test_the_map_is_told_which_tiles_to_ask_for(ask):
    page = ask("/map/?layer=clinics&asof=2025-03-01").text
    settings = json.loads(page.split('id="map-settings" type="application/json">')[1].split("</script>")[0])
    clinics = next(layer for layer in settings["layers"] if layer["id"] == "clinics")
    assert (clinics["at"], clinics["version"]) == ("2025-03-01T21:59:59.999999Z", 2)
    document = json.loads(ask("/map/results/?layer=clinics&asof=2025-03-01&category=hospital").text)
    assert len(document["fids"]["clinics"]) == 1 and "Станом на" in document["summary"]


@pytest.mark.parametrize(
    ("asof", "said"),
    [
        ("2999-01-01", "у майбутньому"),
        ("2999-01-01T10:00", "у майбутньому"),
        ("учора", "не дата"),
        ("2025-02-30", "не дата"),
        ("2025-03-01T25:00", "не дата"),
        ("0001-01-01T00:00", "не дата"),
        ("9999-12-31", "не дата"),
        ("<script>", "не дата"),
    ],
)
def test_a_date_that_can_not_be_followed_is_said(ask, asof, said):
    page = ask(f"/map/?layer=clinics&asof={asof}")
    assert page.status == 400
    assert said in page.text and "<script>»" not in page.text
    assert "Поліклініка" in page.text, "the present is shown"
    assert ask(f"/map/clinics/c1/?asof={asof}").status == 400


def test_before_the_first_data_nothing_is_shown_and_that_is_said(ask):
    page = ask("/map/?layer=clinics&asof=2020-01-01")
    assert page.status == 200
    assert "2 січня 2025" in page.text or "1 січня 2025" in page.text
    assert "амбулаторія" not in page.text.replace("Стара", "").lower() or "Стара амбулаторія" not in page.text


def test_today_is_the_present(ask):
    from geoplatform.publicmap.hours import KYIV

    page = ask(f"/map/?layer=clinics&asof={datetime.now(KYIV):%Y-%m-%d}")
    assert page.status == 200 and "Поліклініка" in page.text and "Станом на" not in page.text


def test_the_past_tells_nothing_that_may_not_be_seen_today(ask):
    """What a layer or an attribute was then does not count: what everybody may see now does."""
    for path in (
        "/map/?layer=places&layer=clinics&layer=withdrawn&layer=rough&asof=2025-03-01",
        "/map/results/?layer=places&layer=clinics&layer=withdrawn&asof=2025-03-01&q=Таємниця",
        "/map/?layer=clinics&asof=2025-03-01&q=килимком",
        "/map/clinics/c1/?asof=2025-03-01",
        "/map/places/p0040/?asof=2025-03-01",
        "/map/places/p0040/card/?asof=2025-03-01",
        "/map/rough/r1/?asof=2025-03-01",
        "/map/withdrawn/w1/?asof=2025-03-01",
    ):
        text = ask(path).text
        for secret in ("під килимком", "was-top-secret", "Таємниця</", "32.2345", "48.5678", ">77<"):
            assert secret not in text, (path, secret)
    assert ask("/map/withdrawn/w1/?asof=2025-03-01").status == 404
    assert "Стара амбулаторія" not in ask("/map/?layer=clinics&asof=2025-03-01&q=килимком").text


def test_a_moment_ago_is_the_present(django_ready, published):
    """Whatever is asked: with nothing changed since, the past of now is what there is now."""
    from geoplatform.publicmap import answer, current, past
    from geoplatform.publicmap.query import parse

    current.forget()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
    @given(_questions())
    def check(parameters):
        with database.pool("public").connection() as conn:
            layers = current.layers(conn)
            now = datetime.now(UTC)
            then = past.layers_at(conn, layers, now)
            query, _notices = parse(parameters, layers, now=now)
            assert parse(parameters, then, now=now)[0] == query
            assert _told(answer, conn, query, then) == _told(answer, conn, query, layers)

    check()


def test_list_map_and_summary_are_the_same_set_in_the_past(django_ready, published):
    from geoplatform.publicmap import answer, current, overview, past, summary
    from geoplatform.publicmap.query import parse

    current.forget()
    seen = {"found": 0, "nothing": 0}

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
    @given(
        _questions(),
        st.sampled_from(["2024-12-01", "2025-03-01", "2025-06-01T11:59", "2025-06-01T12:00", "2025-12-31", "2026-02-01"]),
    )
    def check(parameters, date):
        with database.pool("public").connection() as conn:
            parameters = parameters | {"asof": [date]}
            moment = parse(parameters, current.layers(conn))[0].asof
            layers = past.layers_at(conn, current.layers(conn), moment.at)
            query, _notices = parse(parameters, layers)
            first = answer.run(conn, query, layers)
            listed = set()
            for page in range(1, first.pages + 1):
                asked, _notices = parse(parameters | {"page": [str(page)]}, layers)
                listed |= {(item.layer.id, item.id) for item in answer.run(conn, asked, layers).items}
            assert len(listed) == first.total
            fids = answer.feature_ids(conn, query, layers)
            for layer in layers:
                if layer.id in query.layers:
                    numbers = _drawn_in_tiles(conn, layer.id, moment.at)
                    drawn = {name for number, name in numbers if not query.filtered or number in fids.get(layer.id, ())}
                    assert drawn == {name for of, name in listed if of == layer.id}
            told = overview.of(first, layers)
            assert sum(kind.count for kind in told.kinds) == first.total
            if first.total:
                assert str(first.total) in summary.sentences(first, told, layers)[1]
            seen["found" if first.total else "nothing"] += 1

    check()
    assert min(seen.values()) >= 10, seen


def _questions() -> st.SearchStrategy:
    def one(*values: str) -> st.SearchStrategy:
        return st.sampled_from(values).map(lambda value: [value])

    conditions = st.fixed_dictionaries(
        {"layer": st.lists(st.sampled_from(["places", "clinics", "rough"]), min_size=1, unique=True)},
        optional={
            "q": one("амбулаторія", "Раніше", "1", "яблуня"),
            "category": one("hospital", "clinic"),
            "open": one("2026-11-23T12:00", "2025-03-02T03:00"),
            "bbox": one("32.2,48.48,32.22,48.5", "32.25,48.5,32.31,48.52"),
            "near": one("32.26,48.51"),
            "within": one("500", "5000"),
            "sort": one("name", "distance"),
        },
    )
    return conditions.map(
        lambda found: found if "near" in found else {k: v for k, v in found.items() if k not in ("within", "sort")}
    )


def _told(answer, conn, query, layers) -> tuple:
    """Return all that an answer tells, features by their ids."""
    found = answer.run(conn, query, layers)
    items = [(item.layer.id, item.id, item.name, item.categories, item.point, item.metres) for item in found.items]
    counts = [(layer.layer.id, layer.count, layer.demo) for layer in found.layers]
    drawn = {layer: len(fids) for layer, fids in answer.feature_ids(conn, query, layers).items()}
    return items, counts, drawn, found.bounds and tuple(round(edge, 9) for edge in found.bounds)


def _drawn_in_tiles(conn: psycopg.Connection, layer: str, moment: datetime) -> list[tuple[int, str]]:
    """Return number and id of every feature in the tiles of the layer at `moment`, found in the one tile of the whole world."""
    from geoplatform.layers import published
    from geoplatform.serving import tiles
    from geoplatform.serving.publication import ServedLayer
    from tests.integration.serving.asking import decoded

    served = next(ServedLayer(found) for found in published.read(conn, "public") if found.id == layer)
    tile = tiles.tile(conn, served, 0, 0, 0, moment)
    return [(items["mvt_id"], items["id"]) for _fid, items in decoded(tile, "0/0/0")] if tile else []


def test_moments_are_remembered_but_not_forever(django_ready, published):
    from geoplatform.publicmap import current, past

    with database.pool("public").connection() as conn:
        layers = current.layers(conn)
        first = past.layers_at(conn, layers, datetime(2025, 3, 1, tzinfo=UTC))
        again = past.layers_at(conn, layers, datetime(2025, 3, 1, tzinfo=UTC))
        other = past.layers_at(conn, layers, datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=120))
    counts = [{layer.id: layer.feature_count for layer in found} for found in (first, again, other)]
    assert counts[0] == counts[1] and counts[0]["clinics"] == 2 and counts[2]["clinics"] == 1
