"""Source drivers: each reads one kind of source and yields the same batches (see `base`)."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceContext, SourceError, SourceReader

#: Driver -> module:function; imported when first used, so that one layer's sync does not load every format's library.
_DRIVERS = {
    "csv": "delimited:open_csv",
    "geojson": "geojson:open_geojson",
    "geojsonseq": "geojson:open_geojsonseq",
    "gpkg": "vector:open_gpkg",
    "gtfs": "gtfs:open_gtfs",
    "kml": "kml:open_kml",
    "ogcapi_features": "ogcapi:open_ogcapi_features",
    "osm_pbf": "osmpbf:open_osm_pbf",
    "overpass": "overpass:open_overpass",
    "platform": "platform:open_platform",
    "postgis": "postgis:open_postgis",
    "renames": "renames:open_renames",
    "settlements": "settlements:open_settlements",
    "shapefile": "shapefile:open_shapefile",
    "wfs": "wfs:open_wfs",
    "xlsx": "xlsx:open_xlsx",
}


def drivers() -> list[str]:
    """Return the names that a definition's `source.driver` may have."""
    return sorted(_DRIVERS)


def open_source(source: Source, context: SourceContext, columns: Collection[str]) -> SourceReader:
    """Fetch `source` as far as needed and return a reader of its records.

    columns: the source columns that are wanted; others are not read where the format allows.
    Raises SourceError when the driver is unknown, or the source can't be fetched or is not what the driver reads.
    """
    entry = _DRIVERS.get(source.driver)
    if entry is None:
        raise SourceError(f"{source.location}: unknown driver {source.driver!r}; known are {', '.join(drivers())}")
    module, _, function = entry.partition(":")
    opener = getattr(import_module(f"{__name__}.{module}"), function)
    try:
        return opener(source, context, frozenset(columns))
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(f"{source.location}: can't be read: {reason}") from error
