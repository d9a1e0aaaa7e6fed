"""A data database as an older release left it, brought to today's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from geoplatform.config import PROJECT
from geoplatform.layers.definition import LayerDefinition
from tests.conftest import Services, fresh_data_database

_CEILINGS = PROJECT / "geoplatform" / "layers" / "sql" / "0006_ceilings.sql"


@contextmanager
def data_before_ceilings(services: Services, layer: LayerDefinition) -> Iterator[psycopg.Connection]:
    """Run the migration's statements that fill `access.ceiling` over a registry that holds `layer`."""
    statements = [s for s in _CEILINGS.read_text().split(";\n") if "insert into access.ceiling" in s]
    assert len(statements) == 2
    with fresh_data_database(services) as conn:
        conn.execute(
            "insert into registry.layer (id, definition, definition_hash) values (%s, %s, 'x')",
            [layer.id, layer.canonical_json()],
        )
        for statement in statements:
            conn.execute(statement)
        yield conn
