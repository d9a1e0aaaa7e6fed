"""Writes made up from the OpenAPI document, sound and unsound: each is answered as the document says, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import psycopg
import pytest
import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

from tests.fuzzing import repeatable
from tests.integration.hub.test_features_api import ATTRIBUTES, headers_of
from tests.integration.layers.benches import HERE, establish

WRITES = ("POST", "PUT", "PATCH", "DELETE")
#: Examples of an operation; a half is sound, a half is not.
_EXAMPLES = 30
LAWN = {"type": "MultiPolygon", "coordinates": [[[[32.26, 48.51], [32.27, 48.51], [32.27, 48.52], [32.26, 48.51]]]]}
PLACES = {"benches": HERE, "lawns": LAWN}


@pytest.fixture(scope="module")
def editor(django_process, module_data_db: psycopg.Connection) -> Iterator[dict[str, str]]:
    """Headers of who may edit `benches` and `lawns`, which are kept in the platform."""
    from geoplatform.access import gate
    from geoplatform.serving import publication

    conn = module_data_db
    conn.autocommit = True
    establish(conn, attributes=ATTRIBUTES)
    establish(conn, id="lawns", geometry="polygon")
    conn.execute("insert into access.account (id, level) values (1, 'staff')")
    conn.execute(
        "insert into access.permission select l, o, 'account:1' from unnest(%s::text[]) l, unnest('{view,edit}'::text[]) o",
        [list(PLACES)],
    )
    gate.forget()
    publication.forget()
    yield headers_of(conn, 1)
    gate.forget()
    publication.forget()


@pytest.fixture
def described(editor) -> Iterator[schemathesis.BaseSchema]:
    """The document as the editor reads it; requests go where nginx sends them: writes to the control plane."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    from geoplatform.serving.app import application

    kept = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]
    with override_settings(MIDDLEWARE=kept):
        control = WSGIHandler()

        def planes(environ: dict[str, Any], start_response: Any) -> Any:
            return (control if environ["REQUEST_METHOD"] in WRITES else application)(environ, start_response)

        yield schemathesis.openapi.from_wsgi("/ogcapi/openapi", planes, headers=editor)


def stored(conn: psycopg.Connection, layer: str) -> dict[str, tuple]:
    """Return the layer's features by their ids."""
    return {row[0]: row[1:] for row in conn.execute(f"select id, version, seats, note, ST_AsText(geom) from layers.{layer}")}


def aimed(case: schemathesis.Case, layer: str, there: list[str]) -> None:
    """Turn the request to a feature that is there, and its geometry to a place that may have one."""
    if case.path_parameters and there:
        case.path_parameters["featureId"] = there[0]
        case.headers["If-Match"] = "*"
        if isinstance(case.body, dict):
            case.body.pop("id", None)
            if isinstance(case.body.get("properties"), dict):
                case.body["properties"].pop("code", None)
    if isinstance(case.body, dict):
        features = case.body["features"] if isinstance(case.body.get("features"), list) else [case.body]
        for feature in features:
            if isinstance(feature, dict) and "geometry" in feature:
                feature["geometry"] = PLACES[layer]
    case.headers.pop("Content-Crs", None)


@pytest.mark.parametrize("layer", PLACES)
@pytest.mark.parametrize("method", WRITES)
def test_a_write_is_answered_as_described_and_done_whole_or_not_at_all(
    described: schemathesis.BaseSchema, module_data_db: psycopg.Connection, editor: dict[str, str], layer: str, method: str
):
    conn, answered = module_data_db, dict[int, int]()
    operations = [found.ok() for found in described.get_all_operations()]
    (operation,) = [each for each in operations if each.method.upper() == method and f"/{layer}/" in each.path]
    told = set(operation.definition.raw["responses"])

    @repeatable(_EXAMPLES)
    @hypothesis.given(
        case=strategies.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)),
        near=strategies.booleans(),
    )
    def ask(case: schemathesis.Case, near: bool) -> None:
        conn.execute(
            f"insert into layers.{layer} (id, code, is_demo, seats, geom, valid_from, version)"
            " values ('there', 'there', false, 1, ST_SetSRID(ST_GeomFromGeoJSON(%s), 4326), now(), 1) on conflict do nothing",
            [psycopg.types.json.Json(PLACES[layer])],
        )
        before = stored(conn, layer)
        if near:
            aimed(case, layer, ["there"])
        answer = case.call(headers=editor)
        status, after = answer.status_code, stored(conn, layer)
        answered[status] = answered.get(status, 0) + 1
        said = (case.as_curl_command(), answer.text)
        assert str(status) in told, said
        if status >= 400:
            assert status != 503, said
            assert answer.headers["content-type"][0] == "application/problem+json", said
            assert after == before, said
        elif status == 201:
            assert len(answer.json()["created"]) == len(after) - len(before), said
            assert before.items() <= after.items(), said
        else:
            touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
            assert touched <= {case.path_parameters["featureId"]}, said

    ask()
    print(f"{method} {layer}: {dict(sorted(answered.items()))}")
    assert answered.get(201 if method == "POST" else 204), answered
    assert sum(count for status, count in answered.items() if status >= 400), answered
    assert conn.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone() == (0,)
