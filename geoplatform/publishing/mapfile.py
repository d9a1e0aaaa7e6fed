"""The MapServer mapfile of one level and language, generated from the published layers; MapServer only draws.

Capabilities and feature info are answered by the WMS gateway (`geoplatform.serving.wms`), so the mapfile holds what drawing
needs: connection, data, classes, labels. Passwords are not in it: MapServer's libpq reads them from a password file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from psycopg import sql

from geoplatform.config import ROLES
from geoplatform.layers.definition import Level, StyleClass
from geoplatform.layers.published import PublishedLayer
from geoplatform.publishing.drawable import Description, Drawable, Picture

#: Shapes that tell classes apart without their colour (WCAG 2.2, 1.4.1).
_SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross")

_SYMBOLS = """
  SYMBOL NAME "circle" TYPE ELLIPSE FILLED TRUE POINTS 1 1 END END
  SYMBOL NAME "square" TYPE VECTOR FILLED TRUE POINTS 0 0 0 1 1 1 1 0 0 0 END END
  SYMBOL NAME "triangle" TYPE VECTOR FILLED TRUE POINTS 0 1 0.5 0 1 1 0 1 END END
  SYMBOL NAME "diamond" TYPE VECTOR FILLED TRUE POINTS 0 0.5 0.5 0 1 0.5 0.5 1 0 0.5 END END
  SYMBOL NAME "star" TYPE VECTOR FILLED TRUE POINTS 0 0.375 0.35 0.375 0.5 0 0.65 0.375 1 0.375 0.75 0.625 0.875 1 0.5 0.75
    0.125 1 0.25 0.625 0 0.375 END END
  SYMBOL NAME "cross" TYPE VECTOR FILLED TRUE POINTS 0.35 0 0.65 0 0.65 0.35 1 0.35 1 0.65 0.65 0.65 0.65 1 0.35 1 0.35 0.65
    0 0.65 0 0.35 0.35 0.35 0.35 0 END END
"""

#: Scale denominator of Web Mercator zoom 0 with 256 px tiles and OGC's pixel of 0.28 mm (OGC 17-083r4, annex D).
_SCALE_0 = 559_082_264.029

#: Reference systems that maps may be asked in.
WMS_CRS = ("EPSG:3857", "EPSG:4326", "CRS:84", "EPSG:5564", "EPSG:6385", "EPSG:9840", "EPSG:32636")


def mapfile(
    layers: Iterable[Drawable],
    level: Level,
    language: str,
    *,
    host: str,
    port: str,
    database: str,
    passfile: Path,
    url: str,
    rasters: Path,
) -> str:
    """Return the mapfile's text.

    layers: those of `level`.
    host, port, database: where MapServer reads the views as the level's role; passfile: libpq's file of passwords.
    url: the service's public address, for the links that MapServer writes. rasters: the directory of the rasters' files.
    """
    connection = (
        f"host={host} port={port} dbname={database} user={ROLES[level]} passfile='{passfile}' application_name=geoplatform-wms"
    )
    drawn = "\n".join(
        _picture(layer, language, rasters)
        if isinstance(layer, Picture)
        else _layer(layer.layer, layer.bbox, language, connection)
        for layer in layers
    )
    metadata = _metadata(
        {
            "wms_title": "geoplatform",
            "wms_onlineresource": f"{url}?",
            "wms_enable_request": "*",
            "wms_srs": " ".join(WMS_CRS),
            "ows_updatesequence": "0",
        }
    )
    return f"""MAP
  NAME "geoplatform"
  SIZE 256 256
  MAXSIZE 4096
  UNITS METERS
  EXTENT 2450000 5000000 4500000 6900000
  PROJECTION "init=epsg:3857" END
  FONTSET "fonts.txt"
  IMAGECOLOR 255 255 255
  RESOLUTION 90.714
  DEFRESOLUTION 90.714
  OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA EXTENSION "png" TRANSPARENT ON END
  OUTPUTFORMAT NAME "jpeg" DRIVER "AGG/JPEG" MIMETYPE "image/jpeg" IMAGEMODE RGB EXTENSION "jpg" FORMATOPTION "QUALITY=85" END
{_SYMBOLS}
  WEB METADATA {metadata} END END
  LEGEND KEYSIZE 22 16 LABEL TYPE TRUETYPE FONT "sans" SIZE 9 COLOR 11 12 12 ENCODING "UTF-8" END END
{drawn}
END
"""


def scale_limits(definition: Description) -> tuple[float, float]:
    """Return the smallest and the largest scale denominator at which the layer is drawn; 0 where there is no limit.

    Half a zoom level is added on either side, so that a map between two levels shows what the nearer one shows.
    """
    smallest = _SCALE_0 / 2 ** (definition.zoom.max + 0.5) if definition.zoom.max < 22 else 0.0
    largest = _SCALE_0 / 2 ** (definition.zoom.min - 0.5) if definition.zoom.min > 0 else 0.0
    return smallest, largest


def _picture(picture: Picture, language: str, rasters: Path) -> str:
    metadata = _metadata(
        {"wms_title": picture.about.title.in_language(language), "wms_srs": " ".join(WMS_CRS), "wms_enable_request": "*"}
    )
    extent = "EXTENT {:.3f} {:.3f} {:.3f} {:.3f}".format(*_mercator(picture.bbox))
    return f"""  LAYER
    NAME "{picture.id}"
    TYPE RASTER
    STATUS OFF
    {extent}
    DATA {_quoted(str(rasters / picture.image.file))}
    PROCESSING "RESAMPLE=BILINEAR"
    PROJECTION "init=epsg:3857" END
    {_scales(picture.about)}
    METADATA {metadata} END
    CLASS NAME {_quoted(picture.about.title.in_language(language))} END
  END"""


def _scales(about: Description) -> str:
    smallest, largest = scale_limits(about)
    return (f"MINSCALEDENOM {smallest:.0f} " if smallest else "") + (f"MAXSCALEDENOM {largest:.0f}" if largest else "")


def _layer(layer: PublishedLayer, box: tuple[float, float, float, float] | None, language: str, connection: str) -> str:
    definition = layer.definition
    kind = {"point": "POINT", "multipoint": "POINT", "line": "LINE", "polygon": "POLYGON"}[definition.geometry]
    wanted = ["fid", "geom_3857", *dict.fromkeys(n for n in (definition.style.attribute, definition.style.label) if n)]
    select = sql.SQL("select {} from {}").format(sql.SQL(", ").join(map(sql.Identifier, wanted)), layer.view).as_string(None)
    extent = ""
    if box:
        extent = "EXTENT {:.3f} {:.3f} {:.3f} {:.3f}".format(*_mercator(box))
    style = definition.style
    label = ""
    if style.label:
        label = f'LABELITEM "{style.label}" LABELMAXSCALEDENOM {_SCALE_0 / 2**style.label_min_zoom:.0f}'
    opacity = f"COMPOSITE OPACITY {round(style.opacity * 100)} END" if style.opacity < 1 else ""
    metadata = _metadata(
        {"wms_title": definition.title.in_language(language), "wms_srs": " ".join(WMS_CRS), "wms_enable_request": "*"}
    )
    item = f'CLASSITEM "{style.attribute}"' if style.classes else ""
    classes = "\n".join(_class(layer, kind, language, c, _SHAPES[i % len(_SHAPES)]) for i, c in enumerate([*style.classes, None]))
    return f"""  LAYER
    NAME "{definition.id}"
    TYPE {kind}
    STATUS OFF
    {extent}
    CONNECTIONTYPE POSTGIS
    CONNECTION {_quoted(connection)}
    PROCESSING "CLOSE_CONNECTION=DEFER"
    DATA {_quoted(f"geom_3857 from ({select}) as features using unique fid using srid=3857")}
    PROJECTION "init=epsg:3857" END
    {_scales(definition)} {item} {label}
    {opacity}
    METADATA {metadata} END
{classes}
  END"""


def _class(layer: PublishedLayer, kind: str, language: str, style_class: StyleClass | None, shape: str) -> str:
    """Return a CLASS block; `style_class` None is the class of everything else."""
    style = layer.definition.style
    colour = _rgb(style_class.colour if style_class else style.colour)
    outline = _rgb(style.outline)
    if style_class is None:
        name = (
            {"uk": "Інше", "en": "Other"}["en" if language.startswith("en") else "uk"]
            if style.classes
            else layer.definition.title.in_language(language)
        )
        shape, expression = "circle", ""
    else:
        name, expression = style_class.title.in_language(language), f"EXPRESSION {_expression(style, style_class)}"
    pattern = f"PATTERN {' '.join(f'{dash:g}' for dash in style.dash)} END" if style.dash else ""
    if kind == "POINT":
        edge = f"OUTLINECOLOR {outline} OUTLINEWIDTH {min(style.width, 3):g}"
        body = f'STYLE SYMBOL "{shape}" SIZE {style.size:g} COLOR {colour} {edge} END'
    elif kind == "LINE":
        body = f"STYLE WIDTH {max(style.width, 0.5):g} COLOR {colour} LINECAP ROUND LINEJOIN ROUND {pattern} END"
    else:
        body = f"STYLE COLOR {colour} OPACITY 50 END STYLE OUTLINECOLOR {colour} WIDTH {max(style.width, 0.5):g} {pattern} END"
    label = ""
    if style.label:
        position = "CR OFFSET 4 0" if kind == "POINT" else "AUTO"
        follow = "ANGLE FOLLOW" if kind == "LINE" else ""
        label = (
            f'LABEL TYPE TRUETYPE FONT "sans" SIZE 8 COLOR 11 12 12 OUTLINECOLOR 255 255 255 OUTLINEWIDTH 3 ENCODING "UTF-8" '
            f"PARTIALS FALSE POSITION {position} {follow} END"
        )
    return f"    CLASS NAME {_quoted(name)} {expression} {body} {label} END"


def _expression(style, style_class: StyleClass) -> str:
    """Return MapServer's expression of a class: an exact value, or the numbers in [from, to)."""
    if style_class.value is not None:
        return _quoted(style_class.value)
    field = f"[{style.attribute}]"
    bounds = []
    if style_class.from_ is not None:
        bounds.append(f"{field} >= {style_class.from_!r}")
    if style_class.to is not None:
        bounds.append(f"{field} < {style_class.to!r}")
    return f"({' AND '.join(bounds)})"


def _metadata(values: dict[str, str]) -> str:
    return " ".join(f"{_quoted(key)} {_quoted(value)}" for key, value in values.items())


def _quoted(text: str) -> str:
    """Return `text` as a mapfile string; control characters have no place in one."""
    return '"' + re.sub(r"[\x00-\x1f]", " ", text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _rgb(colour: str) -> str:
    return " ".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))


def _mercator(bbox: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north (degrees) in metres of EPSG:3857."""
    from pyproj import Transformer

    west, south, east, north = bbox
    return Transformer.from_crs(4326, 3857, always_xy=True).transform_bounds(west, max(south, -85.05), east, min(north, 85.05))
