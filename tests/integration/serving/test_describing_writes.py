"""The OpenAPI document tells of changing features to who may change them, and to nobody else, and of nothing above them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import schemathesis
from werkzeug.test import Client

from geoplatform.access import gate, tokens
from geoplatform.serving import publication
from tests.integration.serving.layers import attribute, definition, put

DOCUMENT = "/ogcapi/openapi"
ITEMS, ITEM = "/collections/benches/items", "/collections/benches/items/{featureId}"
HERE = {"source": {"driver": "platform", "location": "platform"}}
WRITES = {ITEMS: {"get", "post"}, ITEM: {"get", "put", "patch", "delete"}}
SHAPES = {"stops": "point", "paths": "line", "lawns": "polygon", "posts": "multipoint", "prices": "none"}


@pytest.fixture(scope="module")
def described(module_data_db: psycopg.Connection, shared_client: Client) -> Iterator[tuple[Client, dict[str, dict[str, str]]]]:
    """A client, and headers by who asks: `benches`, kept here, may be edited by `editor`, `fed`, which follows a source, too."""
    gate.forget()
    conn = module_data_db
    attributes = [
        attribute("seats", type="integer", required=True),
        attribute("kind", vocabulary="kinds"),
        attribute("note", "staff"),
        attribute("secret", "restricted"),
    ]
    put(conn, definition("benches", *attributes, **HERE), [])
    put(conn, definition("fed", attribute("seats")), [])
    for name, geometry in SHAPES.items():
        put(conn, definition(name, geometry=geometry, **HERE), [])
    for account, level in ((1, "staff"), (2, "staff"), (3, "registered"), (4, "staff")):
        conn.execute("insert into access.account (id, level) values (%s, %s)", [account, level])
    conn.execute(
        "insert into access.permission select l, o, who from unnest(%s::text[]) l,"
        " (values ('view', 'anyone'), ('edit', 'account:1'), ('edit', 'account:3')) g (o, who)",
        [["benches", "fed"]],
    )
    conn.execute(
        "insert into access.permission select l, o, who from unnest(%s::text[]) l,"
        " (values ('view', 'anyone'), ('edit', 'account:4')) g (o, who)",
        [list(SHAPES)],
    )

    def headers(account: int, layers: list[str] | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.make(conn, account, 'test', 1, layers)}"}

    asking = {
        "anonymous": {},
        "editor": headers(1),
        "colleague": headers(2),
        "resident": headers(3),
        "limited": headers(1, ["fed"]),
        "limited to it": headers(1, ["benches"]),
        "surveyor": headers(4),
    }
    conn.commit()
    publication.forget()
    yield Client(shared_client.application, use_cookies=False), asking
    gate.forget()


def methods(document: dict) -> dict[str, set[str]]:
    """Return the paths that have another method than GET, with their methods."""
    found = {path: set(operations) for path, operations in document["paths"].items()}
    return {path: names for path, names in found.items() if names != {"get"}}


@pytest.mark.parametrize(
    ("who", "writes"),
    [("anonymous", {}), ("colleague", {}), ("resident", {}), ("limited", {}), ("editor", WRITES), ("limited to it", WRITES)],
)
def test_writes_are_described_to_who_may_write(described, who: str, writes: dict[str, set[str]]):
    client, asking = described
    answer = client.get(DOCUMENT, headers=asking[who])
    assert answer.status_code == 200
    assert methods(answer.json) == writes
    schemathesis.openapi.from_dict(answer.json).validate()
    if who in ("anonymous", "resident"):
        assert not {"note", "secret"} & set(answer.text.replace('"', " ").split())
    page = client.get(f"{DOCUMENT}?f=html", headers=asking[who]).text
    assert (f"<code>PATCH {ITEM}</code>" in page) == bool(writes)


def test_one_answer_is_not_taken_for_another(described):
    client, asking = described
    etags = {who: client.get(DOCUMENT, headers=asking[who]).headers["ETag"] for who in ("editor", "colleague")}
    assert etags["editor"] != etags["colleague"], "they see the same layers and may do different things with them"
    again = client.get(DOCUMENT, headers={**asking["colleague"], "If-None-Match": etags["editor"]})
    assert again.status_code == 200
    assert methods(client.get(DOCUMENT, headers=asking["colleague"]).json) == {}, "the document is not changed for the next one"


def test_a_write_is_described_with_its_body_headers_answers_and_credentials(described):
    client, asking = described
    document = client.get(f"{DOCUMENT}?lang=en", headers=asking["editor"]).json
    components = document["components"]
    operations = {**document["paths"][ITEMS], **document["paths"][ITEM]}
    answers = {method: set(operations[method]["responses"]) for method in ("post", "put", "patch", "delete")}
    always = {"400", "401", "403", "404", "503"}
    body = {"409", "413", "415", "422"}
    assert answers == {
        "post": always | body | {"201"},
        "put": always | body | {"204", "412", "428"},
        "patch": always | body | {"204", "412", "428"},
        "delete": always | {"204", "412", "428"},
    }
    assert operations["post"]["summary"] == "benches: add features"
    assert operations["put"]["security"] == [{"token": []}, {"tokenAsPassword": []}, {"session": [], "csrf": []}]
    assert components["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"][0] == {}, "what is public is read without"
    named = [reference["$ref"].rpartition("/")[2] for reference in operations["delete"]["parameters"]]
    assert named == ["featureId", "If-Match"] and components["parameters"]["If-Match"]["required"]
    assert set(operations["patch"]["requestBody"]["content"]) == {
        "application/merge-patch+json",
        "application/geo+json",
        "application/json",
    }
    properties = components["schemas"]["benches.feature"]["properties"]["properties"]
    assert set(properties["properties"]) == {"is_demo", "code", "seats", "kind", "note"}
    assert properties["required"] == ["seats"], "the only key may be left out"
    assert properties["properties"]["seats"] == {"type": "integer", "title": "seats"}
    kind = properties["properties"]["kind"]
    assert (kind["nullable"], kind["enum"]) == (True, ["hospital", "clinic", None])
    assert "required" not in components["schemas"]["benches.patch"]["properties"]["properties"]
    assert operations["post"]["requestBody"]["content"]["application/geo+json"]["schema"]["$ref"].endswith("/benches.created")


@pytest.mark.parametrize(
    ("layer", "types"),
    [
        ("stops", ["Point"]),
        ("posts", ["Point", "MultiPoint"]),
        ("paths", ["LineString", "MultiLineString"]),
        ("lawns", ["Polygon", "MultiPolygon"]),
        ("prices", []),
    ],
)
def test_the_geometries_that_are_taken_are_named(described, layer: str, types: list[str]):
    client, asking = described
    document = client.get(DOCUMENT, headers=asking["surveyor"]).json
    assert set(methods(document)) == {f"/collections/{name}/items{item}" for name in SHAPES for item in ("", "/{featureId}")}
    geometry = document["components"]["schemas"][f"{layer}.feature"]["properties"]["geometry"]
    found = [kind["properties"]["type"]["enum"][0] for kind in geometry.get("oneOf", [])]
    assert found == types
    assert types or geometry["nullable"]
    schemathesis.openapi.from_dict(document).validate()
