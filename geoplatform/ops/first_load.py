"""Loads the layers that this installation has never loaded: `python -m geoplatform.ops.first_load`, run by each start."""

from __future__ import annotations

import sys

import psycopg

from geoplatform import config
from geoplatform.layers.library import LibraryError, load_library


def never_loaded() -> list[str]:
    """Return the ids of the defined layers that the registry does not know, in the library's order.

    Raises LibraryError when the definitions are broken.
    """
    defined = load_library().layers
    with psycopg.connect(config.load().dsn()) as conn:
        known = {name for (name,) in conn.execute("select id from registry.layer").fetchall()}
    return [name for name in defined if name not in known]


def main() -> int:
    """Sync them, printing one line for each; a layer that fails is said and does not keep the others from loading."""
    try:
        missing = never_loaded()
    except LibraryError as error:
        print(
            f"the layer definitions are broken, no layer is loaded; run `geoplatform layers check`: {str(error).splitlines()[0]}"
        )
        return 0
    if not missing:
        return 0
    from geoplatform.publishing import pipeline

    print(f"loading {len(missing)} layers for the first time", flush=True)
    pipeline.sync(missing, started_by="first start", progress=lambda line: print(f"  {line}", flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
