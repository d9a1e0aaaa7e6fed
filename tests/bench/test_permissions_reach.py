"""What GeoNode's permissions take away or give is so at the OGC API within five seconds."""

from __future__ import annotations

import time

import psycopg
import pytest

from geoplatform.config import CONTROL_DATABASE
from tests.stack import Stack

#: Seconds within which every process must have followed.
REACHED_WITHIN = 5.0

_ANONYMOUS = """
    from guardian_groupobjectpermission o, auth_permission p, auth_group g, layers_dataset d
   where p.id = o.permission_id and g.id = o.group_id and g.name = 'anonymous' and d.resourcebase_ptr_id::text = o.object_pk
     and d.workspace = 'geoplatform' and d.store = 'layers' and d.name = %s
"""


@pytest.mark.parametrize("part", ["", "/items"])
def test_a_change_of_permissions_reaches_the_ogc_api_within_five_seconds(stack: Stack, part: str) -> None:
    stack.wait_until_catalogued()
    with psycopg.connect(stack.config.dsn("owner", CONTROL_DATABASE), autocommit=True) as control:
        with psycopg.connect(stack.config.dsn(), autocommit=True) as data:
            (layer,) = data.execute(
                "select p.layer from registry.published p join access.permission a on a.layer = p.layer"
                " where p.level = 'public' and (a.operation, a.who) = ('view', 'anyone') order by 1 limit 1"
            ).fetchone()
        rows = control.execute(
            f"select o.object_pk, o.content_type_id, o.permission_id, o.group_id {_ANONYMOUS}", [layer]
        ).fetchall()
        assert rows
        address = f"/ogcapi/collections/{layer}{part}"
        assert stack.get(address)[0] == 200
        try:
            control.execute(f"delete from guardian_groupobjectpermission where id in (select o.id {_ANONYMOUS})", [layer])
            narrowed = until(stack, address, 404)
        finally:
            with control.cursor() as cursor:
                cursor.executemany(
                    "insert into guardian_groupobjectpermission (object_pk, content_type_id, permission_id, group_id)"
                    " values (%s, %s, %s, %s)",
                    rows,
                )
        opened = until(stack, address, 200)
    print(f"narrowed after {narrowed:.1f} s, opened after {opened:.1f} s")


def until(stack: Stack, address: str, status: int) -> float:
    """Wait until the address answers `status` in every process of the serving plane; return the seconds it took."""
    begun = time.monotonic()
    while True:
        # more requests than there are processes, each on a connection of its own
        if all(stack.get(address)[0] == status for _ in range(8)):
            return time.monotonic() - begun
        assert time.monotonic() - begun < REACHED_WITHIN, f"{address} does not answer {status} after {REACHED_WITHIN} s"
        time.sleep(0.1)
