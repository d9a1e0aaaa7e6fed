"""Requests made up from the OpenAPI document, sound and unsound ones: none is answered with a fault of ours."""

from __future__ import annotations

import hypothesis
import psycopg
import pytest
import schemathesis
from werkzeug.test import Client

from geoplatform.serving.app import application
from tests.fuzzing import repeatable
from tests.integration.serving.layers import PLACES, attribute, definition, place, put

#: Examples an operation: with about thirty operations this stays below a minute.
_EXAMPLES = 12


@pytest.fixture(scope="module")
def described(module_data_db: psycopg.Connection, shared_client: Client) -> schemathesis.BaseSchema:
    """The OpenAPI document of a service with places and with a table."""
    put(module_data_db, PLACES, [place(number) for number in range(20)])
    put(module_data_db, definition("prices", attribute("price", type="number"), geometry="none"), [])
    return schemathesis.openapi.from_wsgi("/ogcapi/openapi", application)


def test_no_request_that_the_document_allows_or_forbids_ends_in_a_fault(described: schemathesis.BaseSchema) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 25
    answered: dict[int, int] = {}
    for operation in operations:

        @repeatable(_EXAMPLES)
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            answer = case.call()
            answered[answer.status_code] = answered.get(answer.status_code, 0) + 1
            assert answer.status_code < 500 or answer.status_code == 503, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400:
                media_type = answer.headers["content-type"][0]
                assert media_type.startswith(("application/problem+json", "text/html")), (case.as_curl_command(), media_type)

        ask()
    assert answered[200] >= len(operations)
