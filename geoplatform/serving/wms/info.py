"""GetFeatureInfo: what lies under a pixel, read from the same views as the OGC API, as JSON, HTML or text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from markupsafe import Markup, escape
from psycopg import Connection, sql

from geoplatform.layers.published import PublishedLayer
from geoplatform.serving import slow_imports
from geoplatform.serving.wms.request import MapRequest

#: Pixels around the point in which a point or a line still counts as hit, beside the symbol's own half size.
_REACH = 4

_WORDS = {
    "uk": {"demo": "Демонстраційні дані", "none": "Тут нічого немає.", "yes": "так", "no": "ні"},
    "en": {"demo": "Demonstration data", "none": "There is nothing here.", "yes": "yes", "no": "no"},
}


def features(
    conn: Connection, layers: Iterable[PublishedLayer], request: MapRequest, pixel: tuple[int, int], limit: int
) -> list[dict]:
    """Return at most `limit` features of each layer under `pixel` (column, row), nearest first, as GeoJSON with `layer`.

    conn: of the principal's level. Raises psycopg.Error.
    """
    x, y, metres = _in_mercator(request, pixel)
    if not all(map(math.isfinite, (x, y, metres))):
        return []
    found = []
    for layer in layers:
        if layer.definition.geometry == "none":
            continue
        style = layer.definition.style
        half = {"point": style.size / 2, "multipoint": style.size / 2, "line": style.width / 2}.get(layer.definition.geometry)
        reach = 0.0 if half is None else (half + _REACH) * metres
        names = [attribute.name for attribute in layer.definition.attributes]
        query = sql.SQL("""
            select id, is_demo, (select row_to_json(p) from (select {names}) p), ST_AsGeoJSON(geom, 7, 0)::json
              from {view}
             where ST_DWithin(geom_3857, ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 3857), %(reach)s)
             order by geom_3857 <-> ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 3857), id limit %(limit)s""").format(
            names=sql.SQL(", ").join(map(sql.Identifier, names)), view=layer.view
        )
        for feature_id, is_demo, properties, geometry in conn.execute(query, {"x": x, "y": y, "reach": reach, "limit": limit}):
            found.append(
                {
                    "type": "Feature",
                    "id": feature_id,
                    "layer": layer.id,
                    "geometry": geometry,
                    "properties": {**properties, "is_demo": is_demo},
                }
            )
    return found


def render(found: list[dict], layers: dict[str, PublishedLayer], media_type: str, language: str) -> bytes:
    """Return the features in `media_type`, one of request.INFO_FORMATS; `layers` by id gives titles and vocabularies."""
    if media_type in ("application/json", "application/geo+json"):
        return json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False).encode()
    told = [_told(feature, layers[feature["layer"]], language) for feature in found]
    if media_type == "text/plain":
        blocks = ["\n".join([title, *(f"  {name}: {value}" for name, value in rows)]) for title, rows in told]
        return ("\n\n".join(blocks) or _WORDS[language]["none"]).encode() + b"\n"
    tables = Markup("").join(
        Markup("<table><caption>{}</caption><tbody>{}</tbody></table>").format(
            title, Markup("").join(Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(*row) for row in rows)
        )
        for title, rows in told
    )
    body = tables or Markup("<p>{}</p>").format(_WORDS[language]["none"])
    head = '<meta charset="utf-8"><title>GetFeatureInfo</title>'
    return f'<!DOCTYPE html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'.encode()


def _told(feature: dict, layer: PublishedLayer, language: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the layer's title and (attribute title, value in words) of those attributes that have a value."""
    rows = [(_WORDS[language]["demo"], _WORDS[language]["yes"])] if feature["properties"]["is_demo"] else []
    for attribute in layer.definition.attributes:
        value = feature["properties"].get(attribute.name)
        if value is None or value == [] or value == "":
            continue
        terms = (
            {term.code: term.title.in_language(language) for term in layer.vocabularies[attribute.vocabulary].terms}
            if attribute.vocabulary
            else {}
        )
        rows.append((attribute.title.in_language(language), _words(value, terms, language)))
    return layer.definition.title.in_language(language), rows


def _words(value: object, terms: dict[str, str], language: str) -> str:
    if isinstance(value, list):
        return "; ".join(_words(part, terms, language) for part in value)
    if isinstance(value, bool):
        return _WORDS[language]["yes" if value else "no"]
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return terms.get(str(value), str(value))


def _in_mercator(request: MapRequest, pixel: tuple[int, int]) -> tuple[float, float, float]:
    """Return x and y of the pixel's middle in EPSG:3857 and the metres (of that system) that one pixel covers."""
    west, south, east, north = request.bbox
    width, height = (east - west) / request.width, (north - south) / request.height
    xs = [west + (pixel[0] + 0.5) * width, west + (pixel[0] + 1.5) * width]
    ys = [north - (pixel[1] + 0.5) * height] * 2
    if request.srid != 3857:
        xs, ys = slow_imports.transformer_class().from_crs(request.srid, 3857, always_xy=True).transform(xs, ys)
    return xs[0], ys[0], math.hypot(xs[1] - xs[0], ys[1] - ys[0])


def escaped(text: str) -> str:
    """Return `text` for XML."""
    return str(escape(text))
