"""Publishes every layer again when this version makes its views in another way: `python -m geoplatform.ops.republish`.

A program of its own, run by `geoplatform up` after an update; prints a line for each layer that can't be published.
"""

from __future__ import annotations

import psycopg

from geoplatform import config
from geoplatform.layers import described
from geoplatform.publishing import publish as publishing


def main() -> None:
    """Publish each layer that is not withdrawn, one transaction each; one that can't be keeps its views and is named."""
    library = described.library()
    with psycopg.connect(config.load().dsn(), autocommit=True, application_name="geoplatform-republish") as conn:
        for (layer,) in conn.execute("select id from registry.layer where not withdrawn order by id").fetchall():
            try:
                with conn.transaction():
                    publishing.republish(conn, layer, library, actor="system")
            except publishing.PublishError as error:
                print(f"{layer} keeps its views of before: {error}", flush=True)


if __name__ == "__main__":
    main()
