"""Raster tiles as clients meet them: made by MapProxy, kept by level and edition, never outdated, never shown to others."""

from __future__ import annotations

import os
import signal
import time

import psycopg
import pytest
from osgeo import gdal
from owslib.wmts import WebMapTileService

from geoplatform.access import cookie
from geoplatform.layers.definition import Coarser
from geoplatform.publishing.publish import unpublish
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, PLACE, RED, WELLS, well
from tests.maps_stack import PATIENCE, Maps, stored
from tests.waiting import until

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_ENABLE_WMS_CACHE", "NO")  # else it answers by itself, from a folder where the tests run

ZOOM = 16
HERE = "/".join(map(str, wells.tile_of(*PLACE, ZOOM)))
FAR = "/".join(map(str, wells.tile_of(PLACE[0] + 0.05, PLACE[1] + 0.05, ZOOM)))


@pytest.fixture(scope="module")
def served(maps: Maps, module_data_db: psycopg.Connection) -> Maps:
    """The public layer `wells` and the staff layer `pipes`."""
    return wells.serve(maps, module_data_db)


@pytest.fixture(scope="module")
def token(served: Maps, module_data_db: psycopg.Connection) -> str:
    """A token of a member of the staff."""
    return wells.token(module_data_db)


def seen(maps: Maps, address: str) -> tuple[int, ...] | None:
    """Return the colour that most of the drawn pixels have, one of the named ones, or None."""
    status, _, body = maps.get(address)
    return wells.main_colour(body) if status == 200 else None


def test_a_tile_shows_the_feature_and_is_then_answered_from_the_disk(served: Maps):
    status, headers, body = served.get(f"/tiles/wells/{HERE}.png")
    assert (status, headers["content-type"]) == (200, "image/png"), body
    assert BLUE in wells.colours(body)
    assert headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert headers["access-control-allow-origin"] == "*"
    assert stored(served.config, "public", "wells")
    served.stop("serving")  # nginx needs nobody any more
    try:
        again, kept, same = served.get(f"/tiles/wells/{HERE}.png")
        assert (again, same, kept["cache-control"]) == (200, body, "public, max-age=0, must-revalidate")
        assert served.get(f"/tiles/wells/{HERE}.png", If_None_Match=kept["etag"])[0] == 304
    finally:
        from geoplatform.ops.parts import parts

        served.start(next(part for part in parts(served.config, None) if part.name == "serving"))
        served.wait_until_well()


def vector(layer: str, version: int | None, query: str = "f=mvt") -> str:
    """Return the address of the vector tile that holds PLACE."""
    z, x, y = HERE.split("/")
    asked = f"{query}&v={version}" if version else query
    return f"/ogcapi/collections/{layer}/tiles/WebMercatorQuad/{z}/{y}/{x}?{asked}"


def test_a_vector_tile_of_a_version_is_answered_from_the_disk_to_who_shows_no_credentials(served: Maps, token: str):
    kept = served.config.var / f"tiles/public/wells/current/mvt/1/{HERE}.mvt"
    for address in (vector("wells", None), vector("wells", 7)):
        assert served.get(address)[0] == 200
    assert served.get(vector("wells", 1), Authorization=f"Bearer {token}")[0] == 200
    assert not kept.exists(), "only what the address says in full, as nobody in particular sees it"
    status, _, body = served.get(vector("wells", 1))
    assert status == 200 and kept.read_bytes() == body
    served.stop("serving")
    try:
        again, found, same = served.get(vector("wells", 1))
        assert (again, same, found["content-type"]) == (200, body, "application/vnd.mapbox-vector-tile")
        assert found["cache-control"] == "public, max-age=31536000, immutable"
        assert found["access-control-allow-origin"] == "*" and "Authorization" in found["vary"]
        for address in (vector("wells", None), vector("wells", 7), vector("wells", 1, "f=mvt&datetime=2026-01-01")):
            assert served.get(address)[0] == 503
        assert served.get(vector("wells", 1), Authorization=f"Bearer {token}")[0] == 503
        assert served.get(vector("wells", 1), Cookie=f"{cookie.NAME}=x")[0] == 503
        assert served.get(vector("wells", 1), "POST")[0] == 405
    finally:
        from geoplatform.ops.parts import parts

        served.start(next(part for part in parts(served.config, None) if part.name == "serving"))
        served.wait_until_well()


def test_neither_staffs_nor_empty_nor_the_deepest_vector_tiles_are_stored(served: Maps, token: str):
    bearer = {"Authorization": f"Bearer {token}"}
    assert served.get(vector("pipes", 1), **bearer)[0] == 200
    assert served.get("/ogcapi/collections/wells/tiles/WebMercatorQuad/12/5/5?f=mvt&v=1")[0] == 204
    z, x, y = wells.tile_of(*PLACE, 18)
    assert served.get(f"/ogcapi/collections/wells/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&v=1")[0] == 200
    stored_there = {path.parts[-3] for path in (served.config.var / "tiles").rglob("*.mvt")}
    assert stored_there <= {str(ZOOM)}
    assert not list((served.config.var / "tiles/staff").rglob("*.mvt"))


def test_wmts_gives_the_same_tile_by_both_of_its_addresses(served: Maps):
    z, x, y = HERE.split("/")
    body = served.get(f"/tiles/wells/{HERE}.png")[2]
    assert served.get(f"/wmts/1.0.0/wells/default/WebMercatorQuad/{z}/{y}/{x}.png")[2] == body
    query = "SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=wells&STYLE=default&TILEMATRIXSET=WebMercatorQuad&FORMAT=image/png"
    assert served.get(f"/wmts?{query}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}")[2] == body


def test_owslib_reads_the_capabilities_and_gets_a_tile(served: Maps):
    service = WebMapTileService(f"{served.base_url}/wmts/1.0.0/WMTSCapabilities.xml")
    assert list(service.contents) == ["wells"]
    z, x, y = HERE.split("/")
    tile = service.gettile(layer="wells", tilematrixset="WebMercatorQuad", tilematrix=z, row=y, column=x, format="image/png")
    assert BLUE in wells.colours(tile.read())


def test_gdal_reads_the_layer_by_wmts(served: Maps):
    source = gdal.Open(f"WMTS:{served.base_url}/wmts/1.0.0/WMTSCapabilities.xml,layer=wells,tilematrix={ZOOM}")
    x, y = wells.mercator(*PLACE)
    window = gdal.Translate("", source, format="MEM", projWin=[x - 50, y + 50, x + 50, y - 50])
    middle = window.ReadAsArray()[:, window.RasterYSize // 2, window.RasterXSize // 2]
    assert tuple(int(value) for value in middle) == BLUE


def test_where_nothing_can_be_no_tile_is_stored(served: Maps):
    before = stored(served.config, "public", "wells")
    status, headers, body = served.get("/tiles/wells/12/5/5.png")
    assert (status, headers["content-type"], wells.colours(body)) == (200, "image/png", set())
    assert stored(served.config, "public", "wells") == before


@pytest.mark.parametrize("address", ["wells/21/0/0", "wells/3/8/0", "wells/x/0/0", "nothing/0/0/0", "wells/3/-1/0"])
def test_a_tile_that_there_is_not_is_a_4xx(served: Maps, address: str):
    status, headers, _ = served.get(f"/tiles/{address}.png")
    assert status in (400, 404)
    assert headers["content-type"] == "application/problem+json"


def test_staffs_tiles_are_never_shown_to_others_even_when_stored(served: Maps, token: str):
    status, headers, body = served.get(f"/tiles/pipes/{HERE}.png", Authorization=f"Bearer {token}")
    assert (status, headers["cache-control"]) == (200, "private, max-age=0, must-revalidate")
    assert BLUE in wells.colours(body)
    assert stored(served.config, "staff", "pipes")
    z, x, y = HERE.split("/")
    for address in (f"/tiles/pipes/{HERE}.png", f"/wmts/1.0.0/pipes/default/WebMercatorQuad/{z}/{y}/{x}.png",
                    f"/tiles/../staff/pipes/current/{HERE}.png", f"/tiles/pipes/current/{HERE}.png"):  # fmt: skip
        # what is no address of a tile goes to the control plane, which does not run here (503)
        assert served.get(address)[0] in (400, 404, 503), address
    assert b"pipes" not in served.get("/wmts/1.0.0/WMTSCapabilities.xml")[2]


def test_who_sees_more_of_a_public_layer_gets_tiles_drawn_from_that(served: Maps, module_data_db, token: str):
    """Everybody sees the wells on nodes of a coarse grid, staff where they are; stored tiles of everybody are not staff's."""
    coarse = wells.layer("springs").model_copy(update={"publication_geometry": {"public": Coarser(decimals=1)}})
    wells.change(module_data_db, coarse, WELLS, 1, None)
    until(lambda: (served.config.var / "tiles/public/springs/current").is_symlink(), PATIENCE)
    until(lambda: served.get(f"/tiles/springs/{HERE}.png")[0] == 200)
    signed = cookie.sign(7, time.time(), served.config.secret("access_cookie"))
    staff = ({"Authorization": f"Bearer {token}"}, {"Cookie": f"a=b; {cookie.NAME}={signed}"})
    for credentials in staff:  # what is published reaches each level's readers by itself
        until(lambda credentials=credentials: served.get(f"/tiles/springs/{HERE}.png", **credentials)[0] == 200, PATIENCE)
    node = "/".join(map(str, wells.tile_of(32.3, 48.5, ZOOM)))
    for tile, for_everybody, for_staff in ((node, BLUE, None), (HERE, None, BLUE)):
        z, x, y = tile.split("/")
        for address in (f"/tiles/springs/{tile}.png", f"/wmts/1.0.0/springs/default/WebMercatorQuad/{z}/{y}/{x}.png"):
            assert seen(served, address) == for_everybody
            for credentials in staff:
                status, headers, body = served.get(address, **credentials)
                assert (status, headers["cache-control"]) == (200, "private, max-age=0, must-revalidate")
                assert wells.main_colour(body) == for_staff
            assert seen(served, address) == for_everybody, "staff's tile was stored for everybody"
            assert {part.strip() for part in served.get(address)[1]["vary"].split(",")} >= {"Authorization", "Cookie"}
            assert served.get(address, Authorization="Bearer gpt_forged")[0] == 401
    assert (served.config.var / f"tiles/public/springs/current/{node}.png").exists()


def test_a_change_is_seen_within_five_seconds_and_what_it_did_not_touch_is_kept(served: Maps, module_data_db):
    assert seen(served, f"/tiles/wells/{HERE}.png") == BLUE
    assert seen(served, f"/tiles/wells/{FAR}.png") == RED
    far = served.config.var / f"tiles/public/wells/current/{FAR}.png"
    inode, edition = far.stat().st_ino, far.parents[2].resolve()
    changed = [well("a", "other", *PLACE), WELLS[1]]
    wells.change(module_data_db, wells.layer(), changed, 2, (*PLACE, *PLACE))
    committed = time.monotonic()
    while time.monotonic() - committed < 1.0:  # asked for in between, so that an old tile may be stored late
        served.get(f"/tiles/wells/{HERE}.png")
    took = 1.0 + until(lambda: seen(served, f"/tiles/wells/{HERE}.png") == RED, 4.0)
    until(lambda: far.exists() and far.parents[2].resolve() != edition)
    assert far.stat().st_ino == inode, "a tile far from the change was drawn again"
    for _ in range(20):
        assert seen(served, f"/tiles/wells/{HERE}.png") == RED, "an outdated tile came back"
    assert took <= 5.0
    assert seen(served, wells.get_map()) == RED
    wells.change(module_data_db, wells.layer(), WELLS, 3, (*PLACE, *PLACE))
    until(lambda: seen(served, f"/tiles/wells/{HERE}.png") == BLUE)


def test_after_versions_that_came_again_with_other_content_nothing_old_is_carried_over(served: Maps, module_data_db):
    """As after a restored backup: the numbers go on from an earlier one."""
    assert seen(served, f"/tiles/wells/{FAR}.png") == RED
    moved = [WELLS[0], well("b", "deep", PLACE[0] + 0.05, PLACE[1] + 0.05)]
    with module_data_db.transaction():
        module_data_db.execute("delete from registry.change_event where layer = 'wells' and version >= 3")
    wells.change(module_data_db, wells.layer(), moved, 3, (*PLACE, *PLACE))
    until(lambda: seen(served, f"/tiles/wells/{FAR}.png") == BLUE)
    wells.change(module_data_db, wells.layer(), WELLS, 4, (PLACE[0] + 0.05, PLACE[1] + 0.05) * 2)
    until(lambda: seen(served, f"/tiles/wells/{FAR}.png") == RED)


def test_the_tiles_follow_when_keeper_and_mapproxy_were_killed(served: Maps, module_data_db):
    from geoplatform.ops.parts import parts

    for name in ("keeper", "mapproxy"):
        os.killpg(served.processes[name].pid, signal.SIGKILL)
        served.stop(name)
    wells.change(module_data_db, wells.layer(), [well("a", "other", *PLACE), WELLS[1]], 5, (*PLACE, *PLACE))
    for part in parts(served.config, None):
        if part.name in ("keeper", "mapproxy"):
            served.start(part)
    served.wait_until_well()
    until(lambda: seen(served, f"/tiles/wells/{HERE}.png") == RED)


def test_what_is_taken_out_is_gone_within_five_seconds(served: Maps, module_data_db):
    assert served.get(f"/tiles/wells/{HERE}.png")[0] == 200
    assert served.get(vector("wells", 5))[0] == served.get(vector("wells", 5))[0] == 200
    with module_data_db.transaction():
        unpublish(module_data_db, "wells")
    module_data_db.commit()
    until(lambda: served.get(f"/tiles/wells/{HERE}.png")[0] == served.get(vector("wells", 5))[0] == 404)
    assert not (served.config.var / "tiles/public/wells/current").is_symlink()
    assert b"wells" not in served.get("/wmts/1.0.0/WMTSCapabilities.xml")[2]
    assert served.get(wells.get_map())[0] == 400
