"""A file that the control plane sends ends in the middle when who asked may not have it any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from geoplatform.access import gate
from tests.integration.hub.test_permitted import browser, clerk  # noqa: F401 - fixtures
from tests.integration.hub.test_raster_pages import ortho  # noqa: F401 - a fixture

FILE = "/datasets/geoplatform:ortho/dataset_download"


@pytest.fixture
def at_once(monkeypatch) -> None:
    """Small blocks, and a look before each of them."""
    from geoplatform.hub import download

    monkeypatch.setattr(download, "_BLOCK", 100)
    monkeypatch.setattr(download, "CHECK_SECONDS", 0.0)


def permit(conn, *accounts: int) -> None:
    """Let exactly these download the raster, as `access` knows it."""
    conn.execute("delete from access.permission where layer = 'ortho'")
    for account in accounts:
        for operation in ("view", "download"):
            conn.execute("insert into access.permission values ('ortho', %s, %s)", [operation, f"account:{account}"])
    conn.commit()
    gate.forget()


def begun(client) -> Iterator[bytes]:
    """Return the rest of the file after its first block."""
    answer = client.get(FILE)
    assert answer.status_code == 200 and int(answer["Content-Length"]) > 1000
    blocks = iter(answer.streaming_content)
    assert len(next(blocks)) == 100
    return blocks


@pytest.fixture
def known(ortho, clerk):  # noqa: F811
    """The raster in a database in which the clerk's account is known."""
    ortho.execute("insert into access.account (id, level) values (%s, 'staff')", [clerk.pk])
    ortho.commit()
    return ortho


def test_the_file_ends_when_the_permission_is_taken_back(known, clerk, staff, browser, at_once):  # noqa: F811
    from geoplatform.hub.download import CutOff

    blocks = begun(browser)
    next(blocks)
    permit(known, staff.pk)
    with pytest.raises(CutOff):
        next(blocks)


def test_it_ends_as_well_when_the_permission_was_just_given(known, clerk, staff, browser, at_once):  # noqa: F811
    """GeoNode knew of the permission before `access` did."""
    from geoplatform.hub.download import CutOff

    permit(known, staff.pk)
    blocks = begun(browser)
    permit(known, staff.pk, clerk.pk)
    next(blocks)
    permit(known, staff.pk)
    with pytest.raises(CutOff):
        next(blocks)


def test_it_ends_when_the_permission_does_not_become_known(known, staff, browser, at_once, monkeypatch):  # noqa: F811
    """It was taken back between GeoNode's look and ours."""
    from geoplatform.hub import download

    monkeypatch.setattr(download, "KNOWN_SECONDS", 0.0)
    permit(known, staff.pk)
    with pytest.raises(download.CutOff):
        list(browser.get(FILE).streaming_content)


def test_an_administrator_needs_no_permission(known, clerk, staff_client, staff, at_once):  # noqa: F811
    assert staff.is_superuser
    permit(known, clerk.pk)
    assert sum(map(len, begun(staff_client))) > 1000
