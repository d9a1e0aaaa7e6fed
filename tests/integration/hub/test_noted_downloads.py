"""The audit log has who took a dataset from the control plane of which not everybody may have as much."""

from __future__ import annotations

import pytest

from tests.integration.hub.test_download_cut import FILE, known, permit  # noqa: F401 - fixtures
from tests.integration.hub.test_permitted import browser, clerk  # noqa: F401 - fixtures
from tests.integration.hub.test_raster_pages import ortho  # noqa: F401 - a fixture

LAYER = "/datasets/geoplatform:monuments/dataset_download"


def noted(conn) -> list[tuple]:
    conn.rollback()  # else it looks from where it began
    return conn.execute(
        "select actor, layer, detail ->> 'format' from access.audit where action = 'downloaded' order by id"
    ).fetchall()


def take(client, path: str) -> int:
    """Take the file to its end; return its size."""
    answer = client.get(path)
    assert answer.status_code == 200
    return sum(map(len, answer.streaming_content))


def test_a_layer_with_more_than_everybody_sees_is_noted(
    monuments,
    control_db,
    staff,
    staff_client,
    resident_client,
    anonymous_client,
):
    assert take(anonymous_client, LAYER) and take(resident_client, LAYER)
    assert noted(control_db) == []
    assert take(staff_client, LAYER)
    assert noted(control_db) == [(f"account:{staff.pk}", "monuments", "geojson")]


def test_neither_headers_alone_nor_a_refusal_are_noted(small_library, control_db, staff_client, resident_client):
    from geoplatform.publishing import catalogue

    small_library.describe("monuments", "staff")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    catalogue.follow()
    answer = staff_client.head(LAYER)
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == b""
    assert resident_client.get(LAYER).status_code == 404
    assert noted(control_db) == []


@pytest.mark.usefixtures("staff")
def test_a_raster_is_noted_where_it_is_not_for_everybody(known, clerk, browser):  # noqa: F811
    assert take(browser, FILE) > 1000
    assert noted(known) == [], "it is public"
    permit(known, clerk.pk)
    assert take(browser, FILE) > 1000
    assert noted(known) == [(f"account:{clerk.pk}", "ortho", "tif")]
