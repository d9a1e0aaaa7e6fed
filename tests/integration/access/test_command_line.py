"""`geoplatform access`: what waits for approval and the audit log, for people and for scripts."""

from __future__ import annotations

import json

from click.testing import CliRunner

from geoplatform.cli import main
from tests.integration.access.test_ceilings import FEATURES, change, wells
from tests.integration.serving.layers import put


def run(*words: str) -> str:
    done = CliRunner().invoke(main, ["access", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_what_waits_for_approval_is_listed(data_db):
    assert "Nothing waits" in run("approvals")
    put(data_db, wells("restricted"), FEATURES)
    change(data_db, wells("public"))
    data_db.commit()
    assert "wells: the layer stays restricted" in run("approvals")
    (row,) = json.loads(run("approvals", "--json"))
    status = CliRunner().invoke(main, ["layers", "status"]).output
    assert "wells: the layer stays restricted" in status
    assert (row["layer"], row["attribute"], row["now"], row["asked"]) == ("wells", None, "restricted", "public")


def test_the_audit_log_is_shown_newest_first(data_db):
    put(data_db, wells("public"), FEATURES)
    put(data_db, wells("staff"), FEATURES, version=2)
    lines = [json.loads(line) for line in run("audit", "--layer", "wells", "--json").splitlines()]
    assert [line["action"] for line in lines] == ["unpublished", "narrowed", "published"]
    assert "narrowed" in run("audit")
    assert run("audit", "--layer", "absent") == ""
