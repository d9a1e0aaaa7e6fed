"""What a principal may not see, no outlet of the serving plane tells them: every layer, as everybody, through every address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform import config
from geoplatform.access import cookie, gate, tokens
from geoplatform.publishing import rasters
from geoplatform.publishing.publish import republish
from geoplatform.serving import publication
from geoplatform.serving.app import MOUNTED, ROUTES, application
from geoplatform.serving.wms import drawing
from tests.integration.serving.layers import attribute, definition, library, put
from tests.leaks.described_rasters import DAY, put_raster
from tests.leaks.described_resources import put_note, put_resource, uuid_of
from tests.leaks.outlets import BY_ATTRIBUTE, OF_LAYER, POSTED, POSTED_BY_ATTRIBUTE, WHOLE

ABSENT = "absent_zq"
#: Layer -> who may see it (names of PRINCIPALS).
LAYERS = {
    "open_zq": {"anonymous", "registered", "staff", "member", "stranger", "expired cookie", "forged cookie", "limited token"},
    "plots_zq": {"registered", "staff", "member", "stranger"},
    "depot_zq": {"staff"},
    "files_zq": {"member"},
    "vault_zq": set(),
}
#: Raster -> who may see it, in the same way.
RASTERS = {
    "open_pic_zq": LAYERS["open_zq"] - {"limited token"},
    "inner_pic_zq": {"staff"},
    "group_pic_zq": {"member"},
    "vault_pic_zq": set(),
}
RASTER_LEVELS = {"open_pic_zq": "public", "inner_pic_zq": "staff", "group_pic_zq": "public", "vault_pic_zq": "restricted"}
#: GeoNode's resource -> its level, whom a permission names, who may see it.
RESOURCES = {
    "open_doc_zq": ("public", ["anyone"], RASTERS["open_pic_zq"]),
    "signed_doc_zq": ("registered", ["registered"], LAYERS["plots_zq"]),
    "group_doc_zq": ("registered", ["group:5", "group:0"], {"member"}),
    "own_doc_zq": ("registered", ["account:4", "group:0"], {"stranger"}),
    "inner_doc_zq": ("staff", ["account:2", "group:0"], {"staff"}),
    "boss_doc_zq": ("staff", ["group:0"], set()),
}
PUBLICATION = {"plots_zq": "registered", "depot_zq": "staff", "vault_zq": "restricted"}
#: Attribute of every layer -> the levels that may see it.
ATTRIBUTES = {"note_registered": {"registered", "staff"}, "note_staff": {"staff"}, "secret": set()}


@dataclass
class Principal:
    """Somebody who asks, and what they send."""

    level: str
    headers: dict[str, str] = field(default_factory=dict)
    refused: bool = False


@pytest.fixture(scope="module")
def site(module_data_db: psycopg.Connection) -> Iterator[tuple[Client, dict[str, Principal]]]:
    """The serving plane with a layer of each kind, and everybody who may ask it."""
    publication.forget()
    gate.forget()
    drawing.prepare(config.load())
    conn = module_data_db
    hidden = [attribute(name, level) for name, level in zip(ATTRIBUTES, ("registered", "staff", "restricted"), strict=True)]
    for layer in LAYERS:
        feature = {"id": f"marked-{layer}", "code": f"marked-{layer}", "is_demo": False, "geom": "POINT(32.26 48.51)"}
        feature |= {name: f"value-{name}" for name in ATTRIBUTES}
        # the second version leaves a past state behind
        put(conn, definition(layer, *hidden, publication=PUBLICATION.get(layer, "public")), [feature])
        conn.execute(
            "insert into history.feature (layer, id, attributes, geom, valid_from, valid_to, version)"
            " select %s, %s, %s::jsonb, ST_SetSRID(ST_MakePoint(32.26, 48.51), 4326), '2025-01-01', '2026-01-02', 1"
            " where to_regclass('history.feature') is not null and exists"
            " (select from pg_inherits where inhparent = 'history.feature'::regclass and inhrelid::regclass::text ~ %s)",
            [layer, f"marked-{layer}", '{"secret": "value-secret"}', layer],
        )
    conn.execute("insert into access.account (id, level, groups) values (1, 'registered', '{}'), (2, 'staff', '{}')")
    conn.execute("insert into access.account (id, level, groups) values (3, 'registered', '{5}'), (4, 'registered', '{6}')")
    conn.execute("insert into access.narrowing (layer, level) values ('files_zq', 'registered')")
    conn.execute("insert into access.permission values ('files_zq', 'view', 'group:5'), ('files_zq', 'download', 'group:5')")
    republish(conn, "files_zq", library(), actor="geonode")
    for name, level in RASTER_LEVELS.items():
        put_raster(conn, name, level)
    conn.execute("insert into access.narrowing (layer, level) values ('group_pic_zq', 'registered')")
    conn.execute("insert into access.permission values ('group_pic_zq', 'view', 'group:5')")
    rasters.publish(conn, "group_pic_zq", actor="geonode")
    for name, (level, who, _seen_by) in RESOURCES.items():
        put_resource(conn, name, level, who)
    for name in {**LAYERS, **RASTERS}:
        put_note(conn, name, purpose=f"purpose {name}", keywords=[f"noted {name}"], doi=f"10.1234/{name}")
    held = {number: tokens.make(conn, number, "leak test", 1) for number in (1, 2, 3)}
    limited = tokens.make(conn, 2, "leak test", 1, ["open_zq"])
    expired, revoked = tokens.make(conn, 2, "expired", 1), tokens.make(conn, 2, "revoked", 1)
    conn.execute("update access.token set expires_at = now() - interval '1 s' where name = 'expired'")
    conn.execute("update access.token set revoked_at = now() where name = 'revoked'")
    conn.commit()
    key = config.load().secret("access_cookie")

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def cookies(value: str) -> dict[str, str]:
        return {"Cookie": f"{cookie.NAME}={value}"}

    principals = {
        "anonymous": Principal("public"),
        "registered": Principal("registered", bearer(held[1])),
        "staff": Principal("staff", bearer(held[2])),
        "member": Principal("registered", bearer(held[3])),
        "stranger": Principal("registered", cookies(cookie.sign(4, time.time(), key))),
        "limited token": Principal("staff", bearer(limited)),
        "expired cookie": Principal("public", cookies(cookie.sign(2, time.time() - 10_000, key))),
        "forged cookie": Principal("public", cookies(cookie.sign(2, time.time(), "another key"))),
        "expired token": Principal("public", bearer(expired), refused=True),
        "revoked token": Principal("public", bearer(revoked), refused=True),
        "forged token": Principal("public", bearer("gpt_" + "A" * 43), refused=True),
    }
    yield Client(application, use_cookies=False), principals  # its jar would take the place of the header
    publication.forget()
    gate.forget()


class Tries:
    """Counts what was tried, and says what leaked."""

    def __init__(self, client: Client, principal: Principal, name: str):
        self.client, self.principal, self.name = client, principal, name
        self.count, self.leaks = 0, []

    def ask(self, address: str):
        self.count += 1
        return self.client.get(address, headers=self.principal.headers)

    def post(self, body: str):
        self.count += 1
        return self.client.post("/ows?service=WFS", data=body.encode(), headers=self.principal.headers)

    def expect(self, kept: bool, address: str, why: str) -> None:
        if not kept:
            self.leaks.append(f"{self.name}: {address}: {why}")


PRINCIPALS = [
    *("anonymous", "registered", "staff", "member", "stranger", "limited token", "expired cookie", "forged cookie"),
    *("expired token", "revoked token", "forged token"),
]


@pytest.mark.parametrize("name", PRINCIPALS)
def test_no_outlet_tells_what_is_not_for_this_principal(site, name, record_property):
    client, principals = site
    principal = principals[name]
    tries = Tries(client, principal, name)
    hidden_values = [f"value-{attribute}" for attribute, levels in ATTRIBUTES.items() if principal.level not in levels]
    hidden_names = [attribute for attribute, levels in ATTRIBUTES.items() if principal.level not in levels]
    hidden_layers = [layer for layer, seen_by in {**LAYERS, **RASTERS}.items() if name not in seen_by]
    hidden_resources = [resource for resource, (*_, seen_by) in RESOURCES.items() if name not in seen_by]
    hidden_layers += [uuid_of(resource) for resource in hidden_resources]
    named = [*LAYERS, *RASTERS, *(f"{raster}.{DAY}" for raster in RASTERS), *map(uuid_of, RESOURCES)]

    for addresses in WHOLE.values():
        for address in addresses:
            answer = tries.ask(address)
            text = answer.get_data(as_text=True) + str(answer.headers)
            tries.expect(answer.status_code < 500, address, f"status {answer.status_code}")
            for word in [*hidden_layers, *hidden_resources, *hidden_values, *hidden_names, "secret-source"]:
                tries.expect(word not in text, address, f"tells of {word}")
            if principal.refused:
                tries.expect(answer.status_code in (200, 400, 401, 404), address, f"status {answer.status_code}")
    for addresses in OF_LAYER.values():
        for address in addresses:
            absent = {dated: tries.ask(address.format(layer=ABSENT + dated)) for dated in ("", f".{DAY}")}
            for layer in named:
                dated = layer[layer.find(".") :] if "." in layer else ""
                unknown = absent[dated]
                answer = tries.ask(address.format(layer=layer))
                layer = layer.removesuffix(dated)
                # nginx is told by this header what to draw
                shown = answer.get_data() + answer.headers.get("X-Accel-Redirect", "").encode()
                tries.expect(answer.status_code < 500, address, f"{layer}: status {answer.status_code}")
                if layer in hidden_layers:
                    same = (
                        answer.status_code == unknown.status_code
                        and shown.replace(layer.encode(), ABSENT.encode()) == unknown.get_data()
                    )
                    tries.expect(
                        same, address, f"{layer}: differs from a layer that is not there: {answer.status_code} {shown[:200]}"
                    )
                for word in [*hidden_values, *hidden_names, *hidden_resources]:
                    tries.expect(word.encode() not in shown, address, f"{layer}: tells of {word}")
    for body in POSTED:
        unknown = tries.post(body.replace("{layer}", ABSENT))
        for layer in LAYERS:
            answer = tries.post(body.replace("{layer}", layer))
            shown = answer.get_data()
            tries.expect(answer.status_code < 500, body, f"{layer}: status {answer.status_code}")
            if layer in hidden_layers:
                told = shown.replace(layer.encode(), ABSENT.encode()) == unknown.get_data()
                tries.expect(
                    told and answer.status_code == unknown.status_code, body, f"{layer}: {answer.status_code} {shown[:200]}"
                )
            for word in [*hidden_values, *hidden_names]:
                tries.expect(word.encode() not in shown, body, f"{layer}: tells of {word}")
    for layer in RASTERS.keys() - set(hidden_layers):
        address = OF_LAYER["/wms"][0]
        is_drawn = "X-Accel-Redirect" in tries.ask(address.format(layer=layer)).headers
        tries.expect(is_drawn, address, f"{layer} may be seen and is not drawn")
    for layer in LAYERS.keys() - set(hidden_layers):
        for body in POSTED_BY_ATTRIBUTE:
            for attribute_name in hidden_names:
                answer, absent = (tries.post(body.format(layer=layer, name=name)) for name in (attribute_name, "absent"))
                told = answer.get_data().replace(attribute_name.encode(), b"absent")
                same = answer.status_code == absent.status_code == 400 and told == absent.get_data()
                tries.expect(same, body, f"{layer}: {attribute_name} is told apart from an absent one: {told[:200]}")
        for query in BY_ATTRIBUTE:
            for attribute_name in hidden_names:
                address = f"/ogcapi/collections/{layer}{query}"
                answer, absent = tries.ask(address.format(name=attribute_name)), tries.ask(address.format(name="absent"))
                same = answer.status_code == absent.status_code == 400
                said = answer.get_data().replace(attribute_name.encode(), b"absent")
                tries.expect(same and said == absent.get_data(), address, f"{attribute_name} is told apart from an absent one")
    record_property("tries", tries.count)
    print(f"{name}: {tries.count} tries")
    assert tries.count > 150
    assert not tries.leaks, "\n".join(tries.leaks)


@pytest.mark.parametrize("name", ["anonymous", "registered", "staff", "member", "stranger", "limited token"])
def test_what_a_principal_may_see_is_there(site, name):
    client, principals = site
    for layer, seen_by in LAYERS.items():
        if name in seen_by:
            answer = client.get(f"/ogcapi/collections/{layer}/items", headers=principals[name].headers)
            assert answer.status_code == 200, answer.text
            assert [feature["id"] for feature in answer.json["features"]] == [f"marked-{layer}"]
    listed = client.get("/ogcapi/collections/catalogue/items?limit=1000", headers=principals[name].headers).json["features"]
    seen = {thing for thing, seen_by in {**LAYERS, **RASTERS}.items() if name in seen_by}
    documents = {uuid_of(resource): resource for resource, (*_, seen_by) in RESOURCES.items() if name in seen_by}
    assert {record["id"] for record in listed} == seen | documents.keys()
    catalogue = client.get("/ogcapi/collections/catalogue", headers=principals[name].headers).json
    assert catalogue["numberItems"] == len(listed)
    for record in listed:
        thing = documents.get(record["id"], record["id"])
        assert record["properties"]["purpose"] == f"purpose {thing}"


@pytest.mark.parametrize("name", ["expired token", "revoked token", "forged token"])
def test_a_token_that_opens_nothing_is_told_so(site, name):
    client, principals = site
    answer = client.get("/ogcapi/collections", headers=principals[name].headers)
    assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers


def test_every_route_is_in_the_table():
    routes = {path for path, _handler in ROUTES}
    assert routes - WHOLE.keys() - OF_LAYER.keys() == set(), "add the new outlets to tests/leaks/outlets.py"
    assert set(MOUNTED) == {"/healthz"}, "what is mounted besides must be tried too"


@pytest.mark.parametrize("level", ["public", "registered", "staff"])
def test_a_levels_database_role_reads_no_more_than_its_level(site, level):
    """Each view that the role may read, whole: nothing above its level is in any of them; nothing else can be read at all."""
    hidden = [name for name, levels in ATTRIBUTES.items() if level not in levels]
    above = {
        "public": ["plots_zq", "depot_zq", "files_zq", "vault_zq", "inner_pic_zq", "group_pic_zq", "vault_pic_zq"],
        "registered": ["depot_zq", "vault_zq", "inner_pic_zq", "vault_pic_zq"],
        "staff": ["vault_zq", "vault_pic_zq"],
    }
    levels = ["public", "registered", "staff"]
    resources = [name for name, (lowest, *_) in RESOURCES.items() if levels.index(lowest) > levels.index(level)]
    above[level] += [*resources, *map(uuid_of, resources)]
    tries = 0
    with psycopg.connect(config.load().dsn(level), autocommit=True) as conn:
        everything = conn.execute(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'public')"
            " and n.nspname !~ '^pg_'"
        ).fetchall()
        for schema, relation in everything:
            tries += 1
            query = psycopg.sql.SQL("select row_to_json(t)::text from {} t").format(psycopg.sql.Identifier(schema, relation))
            if schema != f"pub_{level}":
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(query)
                continue
            text = "\n".join(row[0] for row in conn.execute(query))
            for word in [*above[level], *(f"value-{name}" for name in hidden), *hidden, "secret-source"]:
                assert word not in text, f"{schema}.{relation} tells of {word}"
    assert tries > 30
