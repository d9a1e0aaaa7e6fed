"""Writes one vector file with GDAL: `python -m geoplatform.serving.vector_writer`, the task as JSON on standard input.

GDAL reads PostgreSQL through a cursor and writes feature by feature, so memory does not grow with the features.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Do the task (`geoplatform.serving.exported.task`); say on standard error why it failed."""
    from osgeo import gdal

    gdal.UseExceptions()
    task = json.load(sys.stdin)
    source = gdal.OpenEx("PG:" + task["dsn"], gdal.OF_VECTOR, ["PostgreSQL"], ["LIST_ALL_TABLES=NO", "TABLES="])
    arguments = ["-f", task["driver"], "-sql", task["sql"], "-nln", task["layer"], "-nlt", task["geometry"]]
    if task["geometry"] != "NONE":
        arguments += ["-a_srs", task["crs"]]
    for option in _layer_options(gdal, task):
        arguments += ["-lco", option]
    for name, value in task["metadata"].items():
        arguments += ["-mo", f"{name}={value}"]
    options = gdal.VectorTranslateOptions(options=arguments)
    written = gdal.VectorTranslate(task["path"], source, options=options)
    if written is None:
        raise RuntimeError(gdal.GetLastErrorMsg())
    written.FlushCache()
    if gdal.GetLastErrorType() >= gdal.CE_Failure:  # a file that ends early is none
        raise RuntimeError(gdal.GetLastErrorMsg())


def _layer_options(gdal: object, task: dict) -> list[str]:
    wanted = {"IDENTIFIER": task["title"], "TITLE": task["title"], "DESCRIPTION": task["description"], "GEOMETRY_NAME": "geom"}
    wanted |= {"FID": "fid"}
    offered = gdal.GetDriverByName(task["driver"]).GetMetadataItem("DS_LAYER_CREATIONOPTIONLIST") or ""
    return [f"{name}={value}" for name, value in wanted.items() if f"name='{name}'" in offered]


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
