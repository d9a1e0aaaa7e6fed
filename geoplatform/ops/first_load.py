"""Loads the layers and rasters never loaded in this installation: `python -m geoplatform.ops.first_load`, run by each start."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from geoplatform import config as configuration
from geoplatform.layers.library import LibraryError, default_root, load_library


def never_loaded() -> list[str]:
    """Return the ids of the layers to load now: unknown to the registry, or known and without data although a source is here.

    Raises LibraryError when the definitions are broken.
    """
    config = configuration.load()
    defined = load_library().layers
    with psycopg.connect(config.dsn()) as conn:
        checked = dict(conn.execute("select id, checked_at is not null from registry.layer").fetchall())
    if all(checked.get(name) for name in defined):
        return []  # the usual start, without importing the engine
    from geoplatform.publishing.pipeline import choose_source

    def waits(name: str) -> bool:
        return name not in checked or (not checked[name] and choose_source(defined[name], config) is not None)

    return [name for name in defined if waits(name)]


def load_rasters(root: Path | None = None) -> int:
    """Take in the described images that the registry does not know; return how many; what fails is printed, with the reason.

    root: the library's, `default_root()` if None.
    """
    from geoplatform.layers.rasters.definition import RasterError, described

    config = configuration.load()
    found, faults = described(root or default_root())
    for fault in faults:
        print(f"  {fault}", flush=True)
    taken = 0
    for path, raster in found:
        for image in raster.images:
            try:
                with psycopg.connect(config.dsn(), application_name="geoplatform-first-load") as conn:
                    query = "select from registry.raster_image where raster = %s and date = %s"
                    if conn.execute(query, [raster.id, image.date]).fetchone() is not None:
                        continue
                    from geoplatform.publishing.rasters import accept

                    print(f"  raster {raster.id} {image.date}", flush=True)
                    taken += accept(conn, config, raster, path.parent / image.location, image.date, actor="first start")
            except (RasterError, OSError) as error:
                print(f"  {raster.id} {image.date}: {error}", flush=True)
    return taken


def main() -> int:
    """Load them, printing one line for each; what fails is said and does not keep the others from loading."""
    load_rasters()
    status = _load_layers()
    load_indicators()  # their areas are layers
    return status


def load_indicators() -> None:
    """Take in the described indicators that are new or changed and whose areas have data; a line for each is printed."""
    from geoplatform.indicators import shipped

    config = configuration.load()
    with psycopg.connect(config.dsn(), autocommit=True, application_name="geoplatform-first-load") as conn:
        for line in shipped.load(conn, demo=config.demo):
            print(f"  indicator {line}", flush=True)


def _load_layers() -> int:
    try:
        missing = never_loaded()
    except LibraryError as error:
        first = str(error).splitlines()[0]
        print(f"the layer definitions are broken and no layer is loaded (see `geoplatform layers check`): {first}")
        return 0
    if not missing:
        return 0
    from geoplatform.publishing import pipeline

    print(f"loading {len(missing)} layers for the first time", flush=True)
    begun: set[str] = set()

    def progress(layer: str, phase: str, records: int) -> None:
        if layer not in begun:
            begun.add(layer)
            print(f"  {layer} ({len(begun)} of {len(missing)})", flush=True)

    for report in pipeline.sync(missing, started_by="first start", progress=progress):
        if report.error:
            print(f"  {report.layer}: {report.error.splitlines()[0]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
