"""What a principal may not see, search does not tell: no title, no word, no number of hits, no suggestion, no mended word."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.access import gate, tokens
from geoplatform.publishing.catalogue_documents import CatalogueRecords
from geoplatform.publishing.publish import announce, republish
from geoplatform.search import indexing
from geoplatform.serving import publication
from geoplatform.serving.app import application
from tests.integration.serving.layers import attribute, definition, library, put
from tests.leaks.described_resources import put_resource

#: Layer -> its publication and the principals who may see it.
LAYERS = {
    "open_zq": ("public", {"anonymous", "registered", "staff", "member", "limited token"}),
    "plots_zq": ("registered", {"registered", "staff", "member"}),
    "depot_zq": ("staff", {"staff"}),
    "files_zq": ("public", {"member"}),
    "vault_zq": ("restricted", set()),
}
#: GeoNode's resource -> its level and whom a permission names; search knows what everybody may see.
DOCUMENTS = {
    "vilna_dq": ("public", ["anyone"]),
    "pidpysna_dq": ("registered", ["registered"]),
    "vlasna_dq": ("registered", ["account:3", "group:0"]),
    "stolova_dq": ("staff", ["group:0"]),
}
#: Words that stand in one attribute only -> the levels that may read it.
WORDS = {
    "скарбниця": {"public", "registered", "staff"},
    "ворожбитка": {"registered", "staff"},
    "перелазник": {"staff"},
    "криївка": set(),
}
ATTRIBUTES = {"about": "скарбниця", "note_registered": "ворожбитка", "note_staff": "перелазник", "secret": "криївка"}
LEVELS = {"anonymous": "public", "registered": "registered", "staff": "staff", "member": "registered", "limited token": "staff"}


@pytest.fixture(scope="module")
def site(module_data_db: psycopg.Connection) -> Iterator[tuple[Client, dict[str, dict[str, str]]]]:
    """The serving plane with indexed layers of each kind, and the headers of each principal."""
    publication.forget()
    gate.forget()
    conn = module_data_db
    hidden = [
        attribute("name", role="name"),
        attribute("about", role="description"),
        attribute("note_registered", "registered", role="old_name"),
        attribute("note_staff", "staff", role="operator"),
        attribute("secret", "restricted", role="address"),
    ]
    for layer, (level, _) in LAYERS.items():
        feature = {"id": f"id-{layer}", "code": f"code-{layer}", "is_demo": False, "geom": "POINT(32.26 48.51)", **ATTRIBUTES}
        put(conn, definition(layer, *hidden, publication=level), [feature | {"name": f"Заклад {layer}"}])
    conn.execute("insert into access.account (id, level, groups) values (1, 'registered', '{}'), (2, 'staff', '{}')")
    conn.execute("insert into access.account (id, level, groups) values (3, 'registered', '{5}')")
    conn.execute("insert into access.narrowing (layer, level) values ('files_zq', 'registered')")
    conn.execute("insert into access.permission values ('files_zq', 'view', 'group:5')")
    republish(conn, "files_zq", library(), actor="geonode")
    held = {number: tokens.make(conn, number, "leak test", 1) for number in (1, 2, 3)}
    limited = tokens.make(conn, 2, "leak test", 1, ["open_zq"])
    conn.commit()
    for name, (level, view_by) in DOCUMENTS.items():
        put_resource(conn, name, level, view_by)
    announce(conn)
    conn.commit()
    assert indexing.follow([CatalogueRecords()]).complete
    who = {"anonymous": None, "registered": held[1], "staff": held[2], "member": held[3], "limited token": limited}
    yield (
        Client(application, use_cookies=False),
        {name: {"Authorization": f"Bearer {token}"} if token else {} for name, token in who.items()},
    )
    publication.forget()
    gate.forget()


def slipped(word: str) -> str:
    """Return the word with two of its letters exchanged."""
    return word[:3] + word[4] + word[3] + word[5:]


@pytest.mark.parametrize("name", LEVELS)
def test_search_tells_only_what_is_for_this_principal(site, name):
    client, principals = site

    def ask(path: str) -> tuple[dict, str]:
        answer = client.get(path, headers=principals[name])
        assert answer.status_code == 200, answer.text
        return answer.json, answer.text

    seen = {layer for layer, (_, by) in LAYERS.items() if name in by}
    for layer in LAYERS:
        for path in (
            f"/api/search?q=Заклад+{layer}&limit=100",
            f"/api/search/suggest?q={layer[:5]}",
            f"/api/search?q={layer}",
            f"/api/search?q=code-{layer}",
            "/api/search?bbox=32,48,33,49&limit=100",
            "/api/search?limit=100",
        ):
            _, text = ask(path)
            if layer not in seen:
                assert layer not in text, (path, text)
    document, _ = ask("/api/search?q=заклад&limit=100")
    assert {item["collection"] for item in document["items"]} == seen
    assert document["total"] == len(seen) == sum(item["count"] for item in document["facets"]["collection"])
    for word, levels in WORDS.items():
        may = LEVELS[name] in levels
        found, text = ask(f"/api/search?q={quote(word)}")
        assert found["total"] == (len(seen) if may else 0), (word, text)
        for path in (
            f"/api/search?q={quote(slipped(word))}",
            f"/api/search/suggest?q={quote(word[:5])}",
            f"/api/search?q={quote(word[:5])}",
            "/api/search?q=заклад",
            f"/api/places/geocode?q={quote(word)}",
        ):
            _, text = ask(path)
            assert may or word not in text, (path, text)


@pytest.mark.parametrize("name", LEVELS)
def test_search_knows_of_the_documents_that_everybody_sees(site, name):
    client, principals = site
    for document, (level, _who) in DOCUMENTS.items():
        for path in ("/api/search?q={}", "/api/search/suggest?q={}", "/api/search?kind=record&limit=100"):
            answer = client.get(path.format(document), headers=principals[name])
            # what was asked for is echoed in links
            told = [item["title"] for item in answer.json.get("items", answer.json.get("suggestions", []))]
            assert answer.status_code == 200 and any(document in title for title in told) == (level == "public"), (path, told)


def test_restricted_data_are_in_no_row(site, module_data_db):
    rows = module_data_db.execute("select document::text from search.document").fetchall()
    assert rows and not [row for row in rows if "vault_zq" in row[0] or "криївка" in row[0]]
    assert module_data_db.execute("select count(*) from search.word where word ~ 'криївк'").fetchone()[0] == 0


@pytest.mark.parametrize(("level", "above"), [("public", ["plots_zq", "depot_zq"]), ("registered", ["depot_zq"])])
def test_documents_above_a_level_are_out_of_its_role_s_reach(services, site, level, above):
    with psycopg.connect(services.config.dsn(level), autocommit=True) as conn:
        collections = {row[0] for row in conn.execute(f"select distinct collection from pub_{level}.search_document")}
        assert collections.isdisjoint(above)
        for table in ("search.document", "search.document_s", "search.word", "search.layer", "pub_staff.search_document"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select count(*) from {table}")
