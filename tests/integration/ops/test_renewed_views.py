"""After an update that makes views in another way, a start publishes the layers again by itself, once."""

from __future__ import annotations

import psycopg

from geoplatform.ops import prepare
from tests.integration.serving.layers import attribute, definition, put


def states(conn: psycopg.Connection) -> str | None:
    found = conn.execute("select to_regclass('pub_public.\"places.states\"')::text").fetchone()[0]
    conn.rollback()
    return found


def test_a_start_after_an_update_makes_the_views_anew_and_the_next_one_does_not(services, data_db):
    layer = definition("places", attribute("name"))
    put(data_db, layer, [{"id": "a", "code": "a", "name": "A", "is_demo": False, "geom": "POINT(32.26 48.51)"}])
    data_db.execute('drop view pub_public."places.states"')  # as an older version left it
    data_db.commit()
    steps, said = prepare.Steps(services.config), []
    steps.done("views", "of another version")

    prepare.renew_views(services.config, steps, said.append)
    assert states(data_db) is not None
    assert len(said) == 1 and "again" in said[0]
    prepare.renew_views(services.config, steps, said.append)
    assert len(said) == 1


def test_a_first_start_has_nothing_to_publish_again(services, data_db):
    steps, said = prepare.Steps(services.config), []
    steps.done("views", "of another version")
    prepare.renew_views(services.config, steps, said.append)
    assert said == []
