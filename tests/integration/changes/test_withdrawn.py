"""History does not tell what was withdrawn since: an attribute, exact places, a whole layer, on no way that looks back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geoplatform.layers import history
from geoplatform.layers.definition import LayerDefinition
from tests.integration.publicmap.states import was
from tests.integration.serving.layers import attribute, definition, put

SINCE, UNTIL = "2025-01-01T00:00Z", "2025-06-01T00:00Z"
#: What the layer once told everybody.
PHONE, PLACE, NAME = "+380 522 99-99-99", ("32.26789", "48.51234"), "Криївка"


def houses(**more) -> LayerDefinition:
    phone = more.pop("phone", "public")
    return definition("houses", attribute("name", role="name"), attribute("phone", phone, role="phone"), **more)


def house(**more) -> dict:
    place = f"POINT({' '.join(PLACE)})"
    return {"id": "h1", "code": "h1", "is_demo": False, "name": NAME, "phone": PHONE, "geom": place, **more}


#: How the layer was narrowed since, and what must not be told any more.
NARROWED: dict[str, tuple[Callable[[], LayerDefinition], tuple[str, ...]]] = {
    "attribute": (lambda: houses(phone="staff"), (PHONE, "+380")),
    "places": (lambda: houses(publication_geometry={"public": {"decimals": 1}}), PLACE),
    "clusters": (
        lambda: houses(publication_geometry={"public": {"decimals": 1, "cluster": True, "min_count": 2}}),
        (PHONE, NAME, *PLACE),
    ),
    "layer": (lambda: houses(publication="staff"), (PHONE, NAME, *PLACE)),
}
WAYS = [
    "/map/?layer=houses&asof=2025-03-01",
    "/map/?asof=2025-03-01&q=криївка",
    "/map/?layer=houses&asof=2025-03-01&q=99-99-99",
    "/map/results/?layer=houses&asof=2025-03-01&bbox=32.2,48.4,32.4,48.6",
    "/map/?layer=houses&asof=2025-03-01&place=houses:h1",
    "/map/houses/h1/?asof=2025-03-01",
    "/map/houses/h1/card/?asof=2025-03-01",
    "/map/compare/?layer=houses&before=2025-03-01",
    "/map/compare/?layer=houses&before=2024-01-01&after=2025-03-01",
    "/map/compare/changes.csv?layer=houses&before=2025-03-01",
    "/map/compare/changes.geojson?layer=houses&before=2025-03-01",
    "/feeds/changes.atom?layer=houses",
    "/feeds/changes.atom?q=криївка",
]


@pytest.fixture
def open_once(control_db):
    """The layer as everybody saw it, with a change of everything in it."""
    from geoplatform.publicmap import current

    put(control_db, houses(), [house(name="Нова назва", phone=None, geom="POINT(32.3 48.5)")])
    history.ensure_partition(control_db, "houses")
    was(control_db, "houses", house(), SINCE, UNTIL)
    control_db.execute("update layers.houses set valid_from = %s", [UNTIL])
    for version, at in enumerate((SINCE, UNTIL), 1):
        control_db.execute(
            "insert into registry.change_event (layer, version, added, changed, removed, at) values ('houses', %s, 1, 0, 0, %s)",
            [version, at],
        )
    control_db.commit()
    current.forget()
    yield control_db
    current.forget()


def told(client) -> dict[str, str]:
    """Return what each way tells."""
    answers = {way: client.get(way) for way in WAYS}
    assert {way: answer.status_code for way, answer in answers.items() if answer.status_code >= 500} == {}
    return {way: answer.content.decode() for way, answer in answers.items()}


def test_what_is_open_still_is_told_of_the_past(open_once, anonymous_client, monkeypatch):
    from geoplatform.changes.views import feed

    monkeypatch.setattr(feed, "DAYS", 3000)
    text = "".join(told(anonymous_client).values())
    assert all(part in text for part in (PHONE, NAME, PLACE[0][:6]))


@pytest.mark.parametrize("kind", NARROWED)
def test_what_was_withdrawn_is_told_by_no_way_back(open_once, anonymous_client, monkeypatch, kind):
    from geoplatform.changes.views import feed
    from geoplatform.publicmap import current

    monkeypatch.setattr(feed, "DAYS", 3000)
    narrowed, secrets = NARROWED[kind]
    told(anonymous_client)  # what is remembered of before must not be told either
    put(open_once, narrowed(), [house(name="Нова назва", phone=None, geom="POINT(32.3 48.5)")], version=2)
    current.forget()
    assert [(way, secret) for way, text in told(anonymous_client).items() for secret in secrets if secret in text] == []
