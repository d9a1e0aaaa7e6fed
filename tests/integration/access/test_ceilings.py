"""The two-person rule: what was once restricted opens only after two people approved, however the definition came in."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Jsonb

from geoplatform.access import approvals, audit, ceilings
from geoplatform.access.ceilings import Held
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.publishing.publish import publish, republish
from tests.integration.serving.layers import attribute, definition, library, put

FEATURES = [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}]
PHONE = [{**FEATURES[0], "phone": "0671234567"}]


def levels(conn: psycopg.Connection, layer: str = "wells") -> list[str]:
    """Return the levels at which the layer has a view."""
    rows = conn.execute("select relnamespace::regnamespace::text from pg_class where relname = %s and relkind = 'v'", [layer])
    return sorted(name.removeprefix("pub_") for (name,) in rows)


def seen(conn: psycopg.Connection, layer: str = "wells") -> set[str]:
    """Return the columns of the layer's public view."""
    return {
        name
        for (name,) in conn.execute("select attname from pg_attribute where attrelid = to_regclass(%s)", [f"pub_public.{layer}"])
    }


def change(conn: psycopg.Connection, layer: LayerDefinition) -> list[str]:
    """Register and publish a changed definition, as a synchronisation does."""
    conn.execute(
        "update registry.layer set definition = %s where id = %s", [Jsonb(layer.model_dump(mode="json", by_alias=True)), layer.id]
    )
    return publish(conn, layer, library(layer))


def approve(conn: psycopg.Connection, held: Held, account: int, reason: str = "the council decided so") -> bool:
    done = approvals.approve(conn, held, account, f"person {account}", reason)
    if done:
        republish(conn, held.layer, library(), actor=f"account:{account}")
    return done


def wells(publication: str, *attributes: dict) -> LayerDefinition:
    return definition("wells", *attributes, publication=publication)


def test_a_first_definition_stands_as_it_is(data_db):
    put(data_db, wells("public"), FEATURES)
    assert levels(data_db) == ["public", "registered", "staff"]
    assert ceilings.pending(data_db) == []


def test_a_restricted_layer_opens_only_after_two_people_approved(data_db):
    put(data_db, wells("restricted"), FEATURES)
    (line,) = change(data_db, wells("public"))
    assert "stays restricted" in line and "2 people" in line
    assert levels(data_db) == []
    (held,) = ceilings.pending(data_db)
    assert (held.what, held.stays, held.to, held.approvals) == ("", Level.restricted, Level.public, 0)
    assert not approve(data_db, held, 1)
    assert levels(data_db) == []
    with pytest.raises(approvals.ApprovalError, match="already"):
        approve(data_db, held, 1)
    assert approve(data_db, held, 2)
    assert levels(data_db) == ["public", "registered", "staff"]
    assert ceilings.pending(data_db) == []
    noted = [(entry.actor, entry.action) for entry in audit.read(data_db, layer="wells")]
    assert noted[:4] == [
        ("account:2", "published"),
        ("account:2", "raised"),
        ("account:2", "approved"),
        ("account:1", "approved"),
    ]


def test_a_restricted_attribute_opens_only_after_two_people_approved(data_db):
    put(data_db, wells("public", attribute("phone", "restricted")), PHONE)
    assert change(data_db, wells("public", attribute("phone", "public")))
    assert "phone" not in seen(data_db)
    (held,) = ceilings.pending(data_db)
    approve(data_db, held, 1)
    assert "phone" not in seen(data_db)
    approve(data_db, held, 2)
    assert "phone" in seen(data_db)


def test_an_approval_for_staff_opens_nothing_to_the_public(data_db):
    put(data_db, wells("restricted"), FEATURES)
    change(data_db, wells("staff"))
    (held,) = ceilings.pending(data_db)
    for account in (1, 2):
        approve(data_db, held, account)
    assert levels(data_db) == ["staff"]
    assert change(data_db, wells("public")), "a further widening needs approvals of its own"
    assert levels(data_db) == ["staff"]


def test_what_is_restricted_again_needs_new_approvals(data_db):
    put(data_db, wells("restricted"), FEATURES)
    change(data_db, wells("public"))
    (held,) = ceilings.pending(data_db)
    for account in (1, 2):
        approve(data_db, held, account)
    change(data_db, wells("restricted"))
    assert levels(data_db) == []
    assert change(data_db, wells("public"))
    assert levels(data_db) == []


def test_a_layer_that_was_never_restricted_is_widened_and_narrowed_freely(data_db):
    put(data_db, wells("staff"), FEATURES)
    assert change(data_db, wells("public")) == []
    assert levels(data_db) == ["public", "registered", "staff"]
    assert change(data_db, wells("registered")) == []
    assert levels(data_db) == ["registered", "staff"]


@pytest.mark.parametrize("renamed", [attribute("contact", source="phone"), attribute("contact", source=["tel", "phone"])])
def test_renaming_a_restricted_attribute_opens_nothing(data_db, renamed):
    put(data_db, wells("public", attribute("phone", "restricted")), PHONE)
    data_db.execute("alter table layers.wells add column contact text")
    assert change(data_db, wells("public", renamed))
    assert "contact" not in seen(data_db)
    assert change(data_db, wells("public", renamed)), "nor does publishing it a second time"
    assert "contact" not in seen(data_db)


def test_an_attribute_that_turns_to_a_restricted_column_is_restricted(data_db):
    put(data_db, wells("public", attribute("phone", "restricted"), attribute("name")), PHONE)
    assert "name" in seen(data_db)
    assert change(data_db, wells("public", attribute("phone", "restricted"), attribute("name", source="phone")))
    assert "name" not in seen(data_db)


def test_a_new_attribute_of_a_column_of_its_own_opens_freely(data_db):
    put(data_db, wells("public", attribute("phone", "restricted")), PHONE)
    data_db.execute("alter table layers.wells add column depth text")
    assert change(data_db, wells("public", attribute("phone", "restricted"), attribute("depth"))) == []
    assert "depth" in seen(data_db)


def test_removing_a_restricted_layer_and_bringing_it_back_opens_nothing(data_db):
    put(data_db, wells("restricted"), FEATURES)
    data_db.execute("delete from registry.layer where id = 'wells'")
    data_db.commit()
    put(data_db, wells("public"), FEATURES)
    assert levels(data_db) == []


@pytest.mark.parametrize("reason", ["", "ok", "x" * 2001])
def test_an_approval_says_why(data_db, reason):
    put(data_db, wells("restricted"), FEATURES)
    change(data_db, wells("public"))
    (held,) = ceilings.pending(data_db)
    with pytest.raises(approvals.ApprovalError, match="reason"):
        approve(data_db, held, 1, reason)


def test_an_approval_that_was_taken_back_does_not_count(data_db):
    put(data_db, wells("restricted"), FEATURES)
    change(data_db, wells("public"))
    (held,) = ceilings.pending(data_db)
    approve(data_db, held, 1)
    assert approvals.withdraw(data_db, held, 1)
    assert not approve(data_db, held, 2)
    assert levels(data_db) == []


def test_what_nobody_asked_for_cant_be_approved_beforehand(data_db):
    put(data_db, wells("restricted"), FEATURES)
    with pytest.raises(approvals.ApprovalError, match="waits"):
        approve(data_db, Held("wells", "", Level.restricted, Level.public, 0), 1)


@pytest.mark.parametrize(
    ("narrowing", "expected"), [("registered", ["registered", "staff"]), ("staff", ["staff"]), ("restricted", [])]
)
def test_permissions_narrow_the_ceiling_and_never_widen_it(data_db, narrowing, expected):
    put(data_db, wells("public"), FEATURES)
    data_db.execute("insert into access.narrowing (layer, level) values ('wells', %s)", [narrowing])
    republish(data_db, "wells", library(), actor="geonode")
    assert levels(data_db) == expected
    data_db.execute("update access.narrowing set level = 'public'")
    change(data_db, wells("staff"))
    assert levels(data_db) == ["staff"]


def test_an_installation_that_ran_before_the_rule_keeps_what_it_shows(services):
    """The migration takes what stands in the registry as decided, and what is restricted there as guarded."""
    from tests.integration.access.older import data_before_ceilings

    with data_before_ceilings(services, wells("public", attribute("phone", "restricted"))) as conn:
        rows = conn.execute("select what, level, guarded, sources from access.ceiling order by what").fetchall()
    assert rows == [("", "public", False, []), ("code", "public", False, ["code"]), ("phone", "restricted", True, ["phone"])]
