"""Styles as SLD and QML: with a file, with another file for the same layer, by themselves later, and through GeoNode's API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from geoplatform.layers.definition import Style
from tests.integration.hub.test_uploads import PLACES, SLD, converted, forms, outcome, send, upload, written

QML = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22"><renderer-v2 type="categorizedSymbol" attr="code"><categories>
<category value="p0" label="Перше" symbol="0"/><category value="" label="" symbol="1"/></categories>
<symbols><symbol name="0" type="marker"><layer class="SvgMarker"><Option type="Map"><Option name="color" value="230,10,20,255"/>
</Option></layer></symbol><symbol name="1" type="marker"><layer class="SimpleMarker"><Option type="Map">
<Option name="color" value="1,2,3,255"/></Option></layer></symbol></symbols></renderer-v2>
<labeling><settings><text-style fieldName="nazva"/></settings></labeling></qgis>"""
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><StyledLayerDescriptor>&b;</StyledLayerDescriptor>'
)


@pytest.fixture
def source(tmp_path) -> Path:
    return written(tmp_path / "places.geojson", PLACES)


@pytest.fixture
def sld(tmp_path) -> Path:
    path = tmp_path / "red.sld"
    path.write_text(SLD)
    return path


@pytest.fixture
def qml(tmp_path) -> Path:
    path = tmp_path / "classes.qml"
    path.write_text(QML)
    return path


@pytest.fixture
def places(source, staff_client) -> int:
    """The dataset's number of the uploaded layer `places`, which has the style that every layer begins with."""
    return outcome(upload(staff_client, base_file=source)).output_params["resources"][0]["id"]


def style_of(conn, layer: str = "places") -> dict:
    """Return the layer's style; whatever knows of it says the same."""
    conn.rollback()
    kept = conn.execute("select document->'style' from registry.uploaded_definition where id = %s", [layer]).fetchone()[0]
    known = conn.execute("select definition->'style' from registry.layer where id = %s", [layer]).fetchone()[0]
    published = "select coalesce(document#>'{definition,style}', '{}') from registry.published where layer = %s"
    [(shown,)] = conn.execute(published, [layer]).fetchall()
    conn.rollback()
    assert Style.model_validate(kept) == Style.model_validate(known) == Style.model_validate(shown)
    return kept


def give(client, path: str, file: Path):
    with file.open("rb") as opened:
        return client.post(path, {"style": opened}, follow=True)


# --- with a file ---------------------------------------------------------------------------------------------------------------


def test_a_style_goes_with_a_loose_shapefile(source, sld, qml, staff_client, control_db):
    shape = converted(source, "ESRI Shapefile", "shapes.shp", "-lco", "ENCODING=UTF-8")
    loose = {f"{part.suffix[1:]}_file": part for part in source.parent.glob("shapes.*") if part.suffix != ".cpg"}
    request = outcome(upload(staff_client, base_file=shape, sld_file=sld, **loose))
    assert request.status == "finished", request.log
    assert style_of(control_db, "shapes")["colour"] == "#aa0000"
    [made] = outcome(upload(staff_client, base_file=shape, qml_file=qml, **loose)).output_params["resources"]
    assert (style_of(control_db, "shapes_2")["attribute"], style_of(control_db, "shapes_2")["label"]) == ("code", "nazva")
    assert made["warnings"] == ["left out of the style: icons, patterns and fillings by a picture"]


def test_a_style_that_can_not_be_taken_is_refused_with_its_file(source, sld, qml, tmp_path, staff_client, control_db):
    for name, content in (("bomb.sld", BOMB), ("bomb.qml", BOMB), ("none.qml", "<html/>")):
        (tmp_path / name).write_text(content)
    bomb, other, none = (tmp_path / name for name in ("bomb.sld", "bomb.qml", "none.qml"))
    for files in ({"sld_file": bomb}, {"qml_file": other}, {"qml_file": none}, {"sld_file": sld, "qml_file": qml}):
        answer = upload(staff_client, base_file=source, **files)
        assert answer.status_code == 400 and re.search("style|SLD", answer.content.decode()), answer.content
    assert control_db.execute("select count(*) from registry.layer").fetchone() == (0,)


def test_a_style_that_comes_with_an_update_is_the_layers_from_then_on(source, sld, qml, places, staff_client, control_db):
    for action, style, colour in (("upsert", {"sld_file": sld}, "#aa0000"), ("replace", {"qml_file": qml}, "#010203")):
        request = outcome(upload(staff_client, action, places, base_file=source, **style))
        assert request.status == "finished", request.log
        assert "the style was changed" in request.output_params["resources"][0]["warnings"]
        assert style_of(control_db)["colour"] == colour


def test_on_pages_a_style_that_comes_with_an_update_is_shown_and_may_be_left(source, sld, places, staff_client, control_db):
    before = style_of(control_db)
    for keeps in (True, False):
        with source.open("rb") as file, sld.open("rb") as style:
            form = {"file": file, "style": style, "mode": "merge"}
            looked = staff_client.post("/en/hub/layers/places/upload/", form, follow=True)
        page, address = looked.content.decode(), looked.request["PATH_INFO"]
        assert "The style that comes with the file" in page and 'fill="#aa0000"' in page and 'name="keep_style"' in page
        assert style_of(control_db) == before, "looking changes nothing"
        choice = {"keep_style": "1"} if keeps else {}
        assert staff_client.post(address, {"part": "0", "action": "take", **choice}, follow=True).status_code == 200
        assert (style_of(control_db) == before) is keeps
    assert style_of(control_db)["colour"] == "#aa0000"


def test_on_pages_a_new_layer_is_made_with_its_style_and_what_is_lost_is_told(source, sld, qml, staff_client, control_db):
    for given in (sld, qml):
        with source.open("rb") as file, given.open("rb") as style:
            looked = staff_client.post("/hub/layers/new/", {"file": file, "style": style}, follow=True)
        page, address = looked.content.decode(), looked.request["PATH_INFO"]
        assert "Стиль, що надійшов із файлом" in page
        assert ("значки, візерунки й заливки малюнком" in page) is (given is qml)
        page = staff_client.post(address, {"part": "0", "action": "take"}, follow=True).content.decode()
        assert ("зі стилю не взято: значки" in page) is (given is qml), "the run tells it too"
    plain, classed = style_of(control_db), style_of(control_db, "places_2")
    assert (plain["colour"], plain["size"], plain["classes"]) == ("#aa0000", 9, [])
    assert (classed["colour"], classed["label"], classed["attribute"]) == ("#010203", "nazva", "code")
    assert [(c["value"], c["title"]["uk"], c["colour"]) for c in classed["classes"]] == [("p0", "Перше", "#e60a14")]


# --- later ---------------------------------------------------------------------------------------------------------------------


def test_staff_look_at_a_style_give_it_and_go_back(places, sld, qml, staff, staff_client, control_db):
    before = style_of(control_db)
    assert 'href="/en/hub/layers/places/style/"' in staff_client.get("/en/hub/layers/places/").content.decode()
    assert 'enctype="multipart/form-data"' in staff_client.get("/en/hub/layers/places/style/").content.decode()
    looked = give(staff_client, "/en/hub/layers/places/style/", qml)
    page, address = looked.content.decode(), looked.request["PATH_INFO"]
    assert 'fill="#e60a14"' in page and "Перше" in page and "icons, patterns and fillings by a picture" in page
    assert style_of(control_db) == before, "looking changes nothing"
    token = address.rstrip("/").rpartition("/")[2]
    assert staff_client.get(f"/en/hub/uploads/{token}/").status_code == 404, "a style is no data"
    page = staff_client.post(address, follow=True).content.decode()
    assert "The style has been changed." in page and "Go back to this style" in page
    assert style_of(control_db)["attribute"] == "code"
    assert staff_client.get(address).status_code == 404, "what was applied is held no longer"

    entry, actor, detail = control_db.execute("select id, actor, detail from access.audit where action = 'style'").fetchone()
    run = control_db.execute("select status, started_by, report->'warnings' from registry.sync_run order by id desc").fetchone()
    control_db.rollback()
    assert (actor, detail["before"], detail["after"]) == (f"account:{staff.pk}", before, style_of(control_db))
    assert run[:2] == ("applied", f"account:{staff.pk}") and "the style was changed" in run[2]
    assert "змінено стиль" in staff_client.get("/hub/publication/").content.decode()
    assert "змінено стиль" in staff_client.get("/hub/layers/places/").content.decode(), "among its runs"

    own = staff_client.get("/hub/layers/places/style.sld")
    assert own["Content-Disposition"] == 'attachment; filename="places.sld"'
    page = staff_client.post(f"/en/hub/layers/places/style/back/{entry}/", follow=True).content.decode()
    assert "The style has been changed." in page
    assert style_of(control_db) == before
    (sld.parent / "own.sld").write_bytes(own.content)
    address = give(staff_client, "/hub/layers/places/style/", sld.parent / "own.sld").request["PATH_INFO"]
    staff_client.post(address)
    again = style_of(control_db)
    assert (again["colour"], again["attribute"], again["label"]) == ("#010203", "code", "nazva"), "a downloaded style comes back"
    page = give(staff_client, "/en/hub/layers/places/style/", sld.parent / "own.sld").content.decode()
    assert "The layer has this style already." in page


def test_files_that_are_no_style_are_refused_in_words(places, tmp_path, staff_client, control_db):
    before = style_of(control_db)
    for name, content, uk, en in [
        ("a.sld", BOMB, "не справний XML", "not sound XML"),
        ("a.qml", "<html/>", "не SLD і не QML", "neither SLD nor QML"),
        ("a.sld", "", "не справний XML", "not sound XML"),
        ("a.sld", "<x>" + " " * 2**21, "більший за 2 МБ", "larger than 2 MB"),
        ("a.txt", SLD, ".sld", ".sld"),
    ]:
        (tmp_path / name).write_text(content)
        for prefix, says in (("", uk), ("/en", en)):
            answer = give(staff_client, f"{prefix}/hub/layers/places/style/", tmp_path / name)
            assert answer.status_code == 400 and says in answer.content.decode(), (name, says)
    assert staff_client.post("/hub/layers/places/style/").status_code == 400
    assert style_of(control_db) == before


def test_nobody_else_and_nothing_else_gets_a_style(places, sld, qml, staff_client, resident_client, anonymous_client, control_db):
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.test import Client

    address = give(staff_client, "/hub/layers/places/style/", qml).request["PATH_INFO"]
    for client in (resident_client, anonymous_client):
        for path in ("/hub/layers/places/style/", "/hub/layers/places/style.sld", address):
            assert client.get(path).status_code in (302, 403)
        assert client.post("/hub/layers/places/style/back/1/").status_code in (302, 403)
        assert upload(client, "resource_style_upload", places, base_file=sld).status_code in (401, 403)
    colleague = get_user_model().objects.create_user("colleague", "c@example.org", "крапка:двокрапка")
    colleague.groups.add(Group.objects.get(name="staff"))
    other = Client()
    other.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert other.get(address).status_code in (403, 404), "what somebody else has chosen"
    for path in ("libraries/style/", "no_such/style/", "libraries/style.sld", f"places/style/{'a' * 32}/"):
        assert staff_client.get(f"/hub/layers/{path}").status_code == 404, path
    for entry in (1, 10**30):
        assert staff_client.post(f"/hub/layers/places/style/back/{entry}/").status_code == 404


def test_a_style_by_what_is_restricted_tells_only_administrators_of_its_classes(places, qml, staff_client, control_db):
    from geoplatform.hub.views.styles import seen
    from geoplatform.layers import uploaded
    from geoplatform.layers.definition import Level

    staff_client.post(give(staff_client, "/hub/layers/places/style/", qml).request["PATH_INFO"])
    open_one = uploaded.definition(control_db, "places")
    control_db.rollback()
    hidden = [it.model_copy(update={"publication": Level.restricted}) for it in open_one.attributes]
    closed_one = open_one.model_copy(update={"attributes": hidden})
    administrator, colleague = SimpleNamespace(is_superuser=True), SimpleNamespace(is_superuser=False)
    style = open_one.style
    assert style.classes and style.label == "nazva"
    assert seen(administrator, closed_one, style) == seen(colleague, open_one, style) == style
    told = seen(colleague, closed_one, style)
    assert (told.attribute, told.classes, told.label, told.colour) == (None, [], None, style.colour)


# --- GeoNode's own actions -----------------------------------------------------------------------------------------------------


def test_geonodes_actions_for_styles_and_metadata_end_in_a_word(places, sld, qml, tmp_path, staff_client, control_db):
    for file, colour in ((sld, "#aa0000"), (qml, "#010203")):
        request = outcome(upload(staff_client, "resource_style_upload", places, base_file=file))
        assert request.status == "finished", request.log
        assert request.output_params["resources"][0]["changed"] is True
        assert style_of(control_db)["colour"] == colour
    (tmp_path / "bomb.sld").write_text(BOMB)
    answer = upload(staff_client, "resource_style_upload", places, base_file=tmp_path / "bomb.sld")
    assert answer.status_code == 400 and "XML" in json.dumps(answer.json(), ensure_ascii=False), answer.content
    assert 400 <= upload(staff_client, "resource_style_upload", base_file=sld).status_code < 500
    answer = upload(staff_client, "resource_style_upload", 10**6, base_file=sld)
    assert answer.status_code == 400 and "names no record" in answer.content.decode(), answer.content
    assert style_of(control_db)["colour"] == "#010203"
    (tmp_path / "meta.xml").write_text("<MD_Metadata/>")
    answer = upload(staff_client, "resource_metadata_upload", places, base_file=tmp_path / "meta.xml")
    assert answer.status_code == 400 and "метадан" in json.dumps(answer.json(), ensure_ascii=False).lower(), answer.content


# --- formats through the pages -------------------------------------------------------------------------------------------------


def test_csv_xlsx_and_kml_become_layers_on_the_pages(source, staff_client, control_db):
    given = forms(source)
    for layer in ("table", "book", "marks"):
        looked = send(staff_client, "/en/hub/layers/new/", given[layer]["base_file"])
        page, address = looked.content.decode(), looked.request["PATH_INFO"]
        assert "added 5" in page and "Місце 0" in page and 'value="take"' in page
        assert "Taken in: added 5" in staff_client.post(address, {"part": "0", "action": "take"}, follow=True).content.decode()
        count, west = control_db.execute(f"select count(*), min(st_x(geom)) from pub_staff.{layer}").fetchone()
        control_db.rollback()
        assert (count, west) == (5, pytest.approx(32.2, abs=1e-6)), layer
