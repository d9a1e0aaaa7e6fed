"""Critical facilities that tests publish: clinics, an empty layer of shelters, and the shipped layer of states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from geoplatform import config, database
from geoplatform.access import gate
from geoplatform.layers import engine
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline
from tests.integration.hub.conftest import (  # noqa: F401 - fixtures
    anonymous_client,
    control_db,
    django_process,
    resident,
    resident_client,
    staff,
    staff_client,
)
from tests.integration.publicmap.conftest import CLINIC, CLINICS, DEMO_CLINIC, SHELTERS
from tests.integration.serving.layers import put

SECOND = CLINIC | {"id": "c3", "code": "c3", "name": "Аптека", "kind": "hospital", "geom": "POINT(32.27 48.52)", "hours": None}


def establish_states(conn: psycopg.Connection) -> None:
    """Make and publish the shipped layer of states, empty."""
    library = load_library()
    definition = library.layers["facility_states"]
    job = pipeline.make_job(
        library, definition, config.load(), (definition.source, "source"), publish=pipeline.publisher(library)
    )
    assert engine.establish(conn, job).status == "applied"


@pytest.fixture
def places(control_db, staff) -> Iterator[psycopg.Connection]:  # noqa: F811 - the fixtures imported above
    """Two clinics and a made-up one, shelters without data, no statement yet; staff may edit the states."""
    from geoplatform.publicmap import current

    put(control_db, CLINICS, [CLINIC, DEMO_CLINIC, SECOND])
    put(control_db, SHELTERS, [])
    control_db.execute("update registry.layer set checked_at = now()")
    control_db.commit()
    control_db.autocommit = True
    establish_states(control_db)
    control_db.execute("insert into access.account (id, level) values (%s, 'staff')", [staff.pk])
    for operation in ("view", "edit"):
        control_db.execute("insert into access.permission values ('facility_states', %s, %s)", [operation, f"account:{staff.pk}"])
    control_db.execute("insert into access.permission values ('facility_states', 'view', 'anyone')")
    gate.forget()
    current.forget()
    yield control_db
    current.forget()


@dataclass
class Pressed:
    """The answer to a press of a button."""

    status: int
    text: str
    location: str


@pytest.fixture
def press(places, staff_client) -> Callable[..., Pressed]:  # noqa: F811
    """Return a function that posts the staff page's form: state, then the check boxes' values and other fields."""

    def posted(state: str, *picked: str, **fields: str) -> Pressed:
        answer = staff_client.post("/hub/facilities/", {"state": state, "pick": list(picked), **fields})
        return Pressed(answer.status_code, answer.content.decode(), answer.headers.get("Location", ""))

    return posted


def said_of(conn: psycopg.Connection) -> dict[str, str]:
    """Return the facilities' states by the id of their row."""
    return dict(conn.execute("select id, state from layers.facility_states").fetchall())


def version_of(conn: psycopg.Connection, row: str) -> int:
    """Return the version of the statement `row`."""
    return conn.execute("select version from layers.facility_states where id = %s", [row]).fetchone()[0]


@pytest.fixture
def public_pool():
    """The pool of the public role."""
    return database.pool("public")
