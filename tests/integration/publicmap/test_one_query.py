"""One query, three views: for whatever is asked of the shipped layers, list, map and summary hold the same features."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from geoplatform import database
from geoplatform.publishing import pipeline
from geoplatform.walking import build

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
#: Layers of every geometry, but for those whose list would take hundreds of pages.
MOST_FEATURES = 300

WORDS = ["", "", "аптека", "демонстраційна", "вулиця", "1", "Район", "pharmacy", "кам'янка", "%", "нічого такого"]
TIMES = ["", "now", "2026-11-23T12:00", "2026-11-29T03:00", "2026-10-25T03:30", "2026-03-29T03:30", "2026-12-25T10:00"]
FEATURES = ["ramp", "lift", "wide_doorway", "call_button", "accessible_toilet", "tactile_paving"]
CATEGORIES = ["pharmacy", "hospital", "health", "education", "culture", "park", "bank"]
#: What a condition is called in a summary.
WORDS_FOR = {
    "uk": {
        "more": "та ще %d", "now": "відчинено зараз", "box": "у вибраному прямокутнику", "point": "від вибраного місця",
        "on foot": "пішки", "straight": "відстані навпростець", "name": "за абеткою", "distance": "починається з найближчого",
        "fit": "підходить вам найкраще",
    },
    "en": {
        "more": "and %d more", "now": "open now", "box": "in the chosen rectangle", "point": "the chosen point",
        "on foot": "on foot", "straight": "distances are straight", "name": "by the alphabet",
        "distance": "begins with the nearest", "fit": "fits you best",
    },
}  # fmt: skip
degrees = {"lon": st.floats(32.10, 32.40), "lat": st.floats(48.40, 48.60)}


@pytest.fixture(scope="module")
def shipped(django_ready, module_data_db, pytestconfig):
    """The shipped layers, of the shared data where they are here; gives a connection of the public role and the layers."""
    from geoplatform.publicmap import current

    with pytest.MonkeyPatch.context() as patch:
        if pytestconfig.shared_data:
            patch.setenv("GEOPLATFORM_DATA", str(pytestconfig.shared_data))
        reports = pipeline.sync(None)
    assert not [report.error for report in reports if report.error]
    build.follow()  # the demonstration's street network
    current.forget()
    with database.pool("public").connection() as conn:
        layers = current.layers(conn)
        areas = [
            f"{layer.id}:{name}"
            for layer in layers
            if layer.definition.gazetteer in ("district", "settlement", "street", "hromada")
            and layer.definition.geometry != "none"
            for (name,) in conn.execute(
                f"select id from pub_public.{layer.id} where geom && ST_MakeEnvelope(32.1, 48.4, 32.4, 48.6, 4326) order by id"
            )
        ]
        assert len(areas) > 10
        yield conn, layers, [layer.id for layer in layers if layer.feature_count <= MOST_FEATURES], areas


def questions(layers: list[str], areas: list[str]) -> st.SearchStrategy:
    """Return a strategy of addresses' parameters, such as a reader may put together."""

    def some(values, most):
        return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)

    def one(strategy):
        return strategy.map(lambda value: [value])

    def box(place, most):
        return st.builds(
            lambda lon, lat, width, height: f"{lon:.5f},{lat:.5f},{lon + width:.5f},{lat + height:.5f}",
            **place,
            width=st.floats(0.001, most),
            height=st.floats(0.001, most / 2),
        )

    def asked(conditions, names, measured, chosen):
        names = {"sort", *names} | ({measured, "walk"} if measured else set())
        if conditions["sort"] == ["fit"]:
            names.add("profile")
        if chosen:
            names.add("layer")
        else:  # the layers that suit, of which some are large: only what lies close together
            conditions = conditions | {"bbox": conditions["small"]}
            names = names - {"chosen"} | {"bbox"}
        return {name: value for name, value in conditions.items() if name in names}

    def point(lon, lat):
        return f"{lon:.4f},{lat:.4f}"

    def typed(lon, lat):
        return f"{lat:.4f}, {lon:.4f}"

    # among the demonstration's streets, so that many ask for ways on foot that there are
    centre = {"lon": st.floats(32.235, 32.285), "lat": st.floats(48.497, 48.523)}
    conditions = st.fixed_dictionaries(
        {
            "layer": some(layers, 8),
            "chosen": st.just(["1"]),
            "q": one(st.sampled_from(WORDS)),
            "category": some(CATEGORIES, 2),
            "open": one(st.sampled_from(TIMES)),
            "accessible": some(FEATURES, 2),
            "area": one(st.sampled_from(areas)),
            "bbox": one(box(degrees, 0.2)),
            "small": one(box(centre, 0.02)),
            "near": one(st.builds(point, **centre) | st.builds(point, **centre) | st.builds(point, **degrees)),
            "from": one(st.builds(typed, **centre) | st.builds(typed, **degrees)),
            "within": one(st.sampled_from(["", "300", "1500", "20000"])),
            "walk": one(st.sampled_from(["", "1", "1", "1", "1"])),
            "sort": one(st.sampled_from(["", "name", "distance", "fit", "fit"])),
            "profile": one(st.sampled_from(["", "wheelchair", "hearing", "plain"])),
        }
    )
    # few conditions at once: of many at once nothing is left to be compared
    names = ["chosen", "q", "category", "open", "accessible", "area", "bbox", "within", "profile", "profile"]
    measured = st.sampled_from(["", "near", "near", "near", "near", "from", "from"])
    chosen = st.sampled_from([True, True, True, False])
    return st.builds(asked, conditions, st.lists(st.sampled_from(names), max_size=3, unique=True), measured, chosen)


def test_list_map_and_summary_are_the_same_set_for_whatever_is_asked(shipped):
    from django.http import QueryDict
    from django.test import RequestFactory
    from django.utils import translation

    from geoplatform.publicmap import answer, origins, overview, summary
    from geoplatform.publicmap.query import parse

    conn, layers, names, areas = shipped
    seen = dict.fromkeys(["found", "nothing", "nearest", "walked", "typed", "fit", "default", "uk", "en", "told in vain"], 0)

    # an example costs a hundred queries: a failing one is not made smaller
    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(questions(names, areas), st.sampled_from(["uk", "en"]))
    @example({}, "uk")
    def check(parameters, language):
        with translation.override(language):
            compare(parameters, language)

    def compare(parameters, language):
        measured_from = origins.find(RequestFactory().get("/map/", parameters))
        assert not measured_from.notices

        def read(given):
            return parse(given, layers, now=NOW, origin=measured_from.origin)

        query, notices = read(parameters)
        assert not [notice for notice in notices if notice.level == "error"]
        assert read(QueryDict(query.address().removeprefix("?")))[0] == query

        first = answer.run(conn, query, layers)
        pages = [first] + [
            answer.run(conn, read(parameters | {"page": [str(page)]})[0], layers) for page in range(2, first.pages + 1)
        ]
        listed = [item for page in pages for item in page.items]
        keys = {(item.layer.id, item.id) for item in listed}
        assert len(keys) == len(listed) == first.total

        # the map draws what has a geometry; the list has the others besides
        drawable = {layer.id for layer in layers if layer.definition.geometry != "none"}
        assert {key for key in keys if key[0] in drawable} == _drawn(conn, query, layers, drawable)

        told = overview.of(first, layers)
        assert sum(kind.count for kind in told.kinds) == first.total
        for layer in first.layers:
            assert layer.count == sum(item.layer.id == layer.layer.id for item in listed)
            assert layer.count == sum(kind.count for kind in told.kinds if kind.layer.id == layer.layer.id)
        assert sum(count for _district, count in told.districts) + told.outside == first.total
        sentences = summary.sentences(first, told, layers)
        if first.total:
            assert str(first.total) in sentences[0]
        missing = [said for said in asked_for(first, told, layers, language) if said.lower() not in " ".join(sentences).lower()]
        assert not missing, (missing, sentences)
        if first.bounds:
            west, south, east, north = first.bounds
            assert all(west <= item.point[0] <= east and south <= item.point[1] <= north for item in listed if item.point)
        if query.near and told.nearest:
            on_foot = first.conditions.walks is not None and first.conditions.walks.reach is not None
            measured = [item.walked if on_foot else item.metres for item in listed if item.metres is not None]
            if on_foot:
                assert all(item.walked >= item.metres * 0.995 - 0.5 for item in listed if item.metres is not None)
                seen["walked"] += 1
            assert (told.nearest.layer.id, told.nearest.id) in keys
            assert summary.title(told.nearest) in " ".join(sentences)
            # the order is that of a plane that is true in angles: of two alike it may take the one a hair further away
            nearest = told.nearest.walked if on_foot else told.nearest.metres
            assert nearest <= min(measured) * (1 if on_foot else 1.01) + (0 if on_foot else 1)
            if query.order == "distance":
                assert all(a <= b * 1.05 + 1 for a, b in pairwise(measured))
            if query.within:
                assert max(measured) <= query.within
            if told.nearest_open:
                assert (told.nearest_open.layer.id, told.nearest_open.id) in keys
            seen["nearest"] += 1
        seen["found" if first.total else "nothing"] += 1
        seen["told in vain"] += not first.total and query.filtered
        seen["typed"] += bool(query.near and query.near.text)
        seen["fit"] += query.order == "fit"
        seen["default"] += not query.chosen
        seen[language] += 1

    check()
    print(seen)
    assert min(seen.values()) >= 10, seen


def asked_for(found, told, layers, language) -> list[str]:
    """Return what the summary of an answer has to name: a word or two for each condition that the reader has set."""
    from geoplatform.places import words
    from geoplatform.publicmap import accessibility, current, profiles, summary

    query, here = found.query, WORDS_FOR[language]
    expected = list(query.words)
    titles = [layer.layer.definition.title.in_language(language) for layer in found.layers]
    if query.chosen and query.filtered and (len(titles) > 1 or not found.total):
        expected += titles if len(titles) <= 4 else [*titles[:3], here["more"] % (len(titles) - 3)]
    kinds = {code: term for layer in layers for code, term in current.categories(layer).items()}
    only = told.kinds[0] if len(told.kinds) == 1 else None
    for code in query.categories:
        counted = summary.counted(only) if only and query.categories == (only.code,) else None
        expected.append(counted or kinds[code].title.in_language(language))
    if query.open:
        expected.append(here["now"] if query.open.now else f"{query.open.at:%H:%M}")
    features = accessibility.terms(layers)
    expected += [features[code].title.in_language(language) for code in query.accessible]
    if found.area:
        # names are declined: the first letters of their words stay
        expected += [word[:3] for word in found.area.in_language(language).split()]
    if query.bbox:
        expected.append(here["box"])
    if query.near:
        expected.append(query.near.text or here["point"])
    if query.within:
        expected.append(words.distance(query.within, language))
    if query.walk:
        on_foot = found.conditions.walks.reach is not None
        expected.append(here["on foot"] if on_foot else here["straight"])
    if query.profile:
        expected.append(profiles.find(query.profile).title.in_language(language))
    if query.sort:
        expected.append(here[query.sort])
    return expected


def _drawn(conn, query, layers, drawable):
    """Return what the map draws: of each chosen layer the named features, or all when the query does not narrow it."""
    from geoplatform.publicmap import answer

    fids = answer.feature_ids(conn, query, layers)
    found = set()
    for layer in layers:
        if layer.id in query.layers and layer.id in drawable:
            rows = conn.execute(f"select fid, id from pub_public.{layer.id}").fetchall()
            found |= {(layer.id, name) for fid, name in rows if not query.filtered or fid in fids.get(layer.id, ())}
    return found


@pytest.mark.parametrize(
    "address",
    [
        "/map/",
        "/map/?layer=pharmacies&near=32.26,48.51",
        "/map/?area=city_districts:UA35040210010145346&open=now",
        "/en/map/?near=32.26,48.51&within=2000&accessible=ramp",
    ],
)
def test_page_is_sent_in_few_bytes(shipped, ask, address):
    page = ask(address)
    assert page.status == 200
    # as nginx sends it to whatever reads gzip; it sends less with brotli
    assert len(gzip.compress(page.text.encode(), 5)) < 20_000
