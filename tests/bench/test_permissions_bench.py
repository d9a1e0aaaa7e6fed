"""What permissions cost: 3,000 layers, an account in 200 groups, every layer with permissions of its own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import psycopg
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from geoplatform.access import Principal, grants
from geoplatform.access.grants import Permissions
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.published import PublishedDocument, PublishedLayer, trimmed
from geoplatform.serving.context import Context
from geoplatform.serving.publication import Publication, ServedLayer
from tests.integration.serving.layers import KINDS, PLACES

LAYERS, GROUPS = 3_000, 200
#: Seconds that permissions may add to a warm request.
MOST = 0.001


def layers() -> dict[str, ServedLayer]:
    document: PublishedDocument = trimmed(PLACES, {"kinds": KINDS}, [], Level.staff)
    found = {}
    for number in range(LAYERS):
        definition = document.definition.model_copy(update={"id": f"layer_{number}"})
        found[definition.id] = ServedLayer(
            PublishedLayer.model_construct(
                definition=definition,
                vocabularies=document.vocabularies,
                theme=None,
                level=Level.staff,
                version=1,
                feature_count=1,
                demo_count=0,
                bbox=None,
                source_kind="source",
                source_date=None,
                checked_at=None,
                changed_at=None,
            )
        )
    return found


def permissions() -> Permissions:
    """Return permissions in which a third of the layers is for one of 500 groups each."""
    return Permissions(
        {
            f"layer_{n}": {
                "view": frozenset({f"group:{n % 500}", "group:0"} if n % 3 == 0 else {"anyone"}),
                "download": frozenset(),
            }
            for n in range(LAYERS)
        }
    )


def median(ask: Callable[[], object], times: int = 200) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def context(principal: Principal) -> Context:
    made = Context(Request(EnvironBuilder("/ogcapi/collections/layer_1").get_environ()))
    made.__dict__["principal"] = principal
    return made


@pytest.fixture(scope="module")
def snapshot(request) -> Publication:
    return Publication(Level.staff, 1, layers(), permissions())


def test_permissions_add_less_than_a_millisecond_to_a_warm_request(snapshot, monkeypatch):
    from geoplatform.serving import publication

    monkeypatch.setattr(publication, "current", lambda level: snapshot)
    principal = Principal(Level.staff, 7, frozenset(range(100, 100 + GROUPS)))
    free = Publication(Level.staff, 1, snapshot.layers)

    def ask(of: Publication) -> Callable[[], object]:
        def once() -> object:
            monkeypatch.setattr(publication, "current", lambda level: of)
            asked = context(Principal(principal.level, principal.account, frozenset(principal.groups)))
            return asked.layer("layer_1"), asked.publication.tag

        return once

    seen = context(principal).publication.layers
    assert 0 < LAYERS - len(seen) < LAYERS / 3, "some layers are for groups that the account is not in"
    ask(snapshot)()
    with_permissions, without = median(ask(snapshot)), median(ask(free))
    cold = median(lambda: snapshot.permissions.visible(Principal(Level.staff, 7, principal.groups), snapshot.layers), 10)
    print(
        f"\n{LAYERS} layers, {GROUPS} groups: warm {with_permissions * 1e6:.0f} µs, without permissions {without * 1e6:.0f} µs,"
        f" first request of a principal {cold * 1e3:.2f} ms"
    )
    assert with_permissions - without <= MOST
    assert cold <= 0.05, "a publication anew must not stall everybody's next request"


def test_reading_the_permissions_anew_takes_less_than_a_second(data_db: psycopg.Connection):
    data_db.execute(
        "insert into registry.layer (id, definition, definition_hash)"
        " select 'layer_' || n, '{}', 'x' from generate_series(1, %s) n",
        [LAYERS],
    )
    data_db.execute(
        "insert into registry.published select id, level, '{}' from registry.layer, unnest(%s::text[]) level",
        [[str(level) for level in SERVED_LEVELS]],
    )
    data_db.execute(
        "insert into access.permission select id, operation, 'group:' || g from registry.layer,"
        " unnest(array['view', 'download', 'edit']) operation, generate_series(1, 3) g"
    )
    data_db.execute("analyze")  # as autovacuum does
    begun = time.perf_counter()
    found = grants.read(data_db, Level.staff)
    taken = time.perf_counter() - begun
    print(f"\n{LAYERS} layers, {9 * LAYERS} permissions: read in {taken * 1e3:.0f} ms")
    assert len(found.by_layer) == LAYERS
    assert taken < 1
