"""Every address of the serving plane through which something could be told, as a table: a new outlet is one line.

A route that is in no line here fails `test_every_route_is_in_the_table`.
"""

from __future__ import annotations

ROOT = "/ogcapi"
_C = f"{ROOT}/collections/<layer_id>"
_T = f"{_C}/tiles/<matrix_set>/<z>/<y>/<x>"
_MAP = "SERVICE=WMS&VERSION=1.3.0&CRS=EPSG:3857&WIDTH=64&HEIGHT=64&FORMAT=image/png&STYLES=&BBOX=3584000,6160000,3596000,6172000"
_TILE = "14/9660/5641"  # column and row of zoom 14 about the place where the layers' features lie

#: Route -> addresses without a layer's name: what they tell must hold nothing that the principal may not see.
WHOLE: dict[str, list[str]] = {
    f"{ROOT}/": [f"{ROOT}/", f"{ROOT}/?f=html"],
    f"{ROOT}/conformance": [f"{ROOT}/conformance"],
    f"{ROOT}/openapi": [f"{ROOT}/openapi", f"{ROOT}/openapi?f=html", f"{ROOT}/openapi?lang=en"],
    f"{ROOT}/collections": [f"{ROOT}/collections", f"{ROOT}/collections?f=html", f"{ROOT}/collections?lang=en"],
    f"{ROOT}/TileMatrixSets": [f"{ROOT}/TileMatrixSets"],
    f"{ROOT}/TileMatrixSets/<matrix_set>": [f"{ROOT}/TileMatrixSets/WebMercatorQuad"],
    f"{ROOT}/styles": [f"{ROOT}/styles"],
    f"{ROOT}/collections/catalogue": [f"{ROOT}/collections/catalogue"],
    f"{ROOT}/collections/catalogue/items": [
        f"{ROOT}/collections/catalogue/items{query}"
        for query in (
            *("", "?f=html", "?limit=1000", "?q=zq", "?bbox=32,48,33,49", "?lang=en", "?type=document", "?q=purpose,word"),
            *("?datetime=2026-01-01", "?offset=3"),
        )
    ],
    f"{ROOT}/catalogue.jsonld": [f"{ROOT}/catalogue.jsonld"],
    f"{ROOT}/pages.css": [f"{ROOT}/pages.css"],
    "/api/search": [
        f"/api/search{query}" for query in ("", "?q=zq", "?q=marked", "?q=value", "?bbox=32,48,33,49", "?kind=layer")
    ],
    "/api/search/suggest": [f"/api/search/suggest?q={begun}" for begun in ("zq", "mar", "val", "not")],
    "/api/places/geocode": ["/api/places/geocode?q=marked", "/api/places/geocode?q=vault_zq+1&interpolate=true"],
    "/api/places/reverse": ["/api/places/reverse?lon=32.26&lat=48.51"],
    "/wms": ["/wms?SERVICE=WMS&REQUEST=GetCapabilities", "/wms?SERVICE=WMS&REQUEST=GetCapabilities&LANGUAGE=en"],
    "/<any(en):english>/wms": ["/en/wms?SERVICE=WMS&REQUEST=GetCapabilities"],
    "/ows": ["/ows?SERVICE=WMS&REQUEST=GetCapabilities", "/ows?SERVICE=WFS&REQUEST=GetCapabilities"],
    "/<any(en):english>/ows": ["/en/ows?SERVICE=WMS&REQUEST=GetCapabilities"],
    "/wps": ["/wps?service=WPS&version=1.0.0&REQUEST=DescribeProcess&IDENTIFIER=gs:PagedUnique"],
    "/wmts": ["/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"],
    "/<any(en):english>/wmts": ["/en/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"],
    "/wmts/1.0.0/WMTSCapabilities.xml": ["/wmts/1.0.0/WMTSCapabilities.xml"],
    "/<any(en):english>/wmts/1.0.0/WMTSCapabilities.xml": ["/en/wmts/1.0.0/WMTSCapabilities.xml"],
}

#: Route -> addresses with `{layer}`: for who may not see the layer each must answer as it does for a layer that is not there.
OF_LAYER: dict[str, list[str]] = {
    _C: [f"{ROOT}/collections/{{layer}}", f"{ROOT}/collections/{{layer}}?f=html"],
    f"{_C}/schema": [f"{ROOT}/collections/{{layer}}/schema", f"{ROOT}/collections/{{layer}}/schema?f=html"],
    f"{_C}/queryables": [f"{ROOT}/collections/{{layer}}/queryables", f"{ROOT}/collections/{{layer}}/queryables?f=html"],
    f"{_C}/items": [
        f"{ROOT}/collections/{{layer}}/items{query}"
        for query in (
            *("", "?f=html", "?f=csv", "?f=jsonfg", "?f=gpkg", "?f=fgb", "?limit=1000", "?resulttype=hits", "?sortby=code"),
            *("?bbox=32,48,33,49", "?code=x", "?filter=code%3D%27x%27", "?properties=code", "?skipGeometry=true"),
            *("?datetime=2026-01-01T00:00:00Z", "?datetime=../..", "?crs=http://www.opengis.net/def/crs/EPSG/0/3857"),
        )
    ],
    f"{_C}/items/<feature_id>": [
        f"{ROOT}/collections/{{layer}}/items/marked-{{layer}}{query}" for query in ("", "?f=html", "?f=jsonfg")
    ],
    f"{ROOT}/collections/catalogue/items/<record_id>": [
        f"{ROOT}/collections/catalogue/items/{{layer}}{query}" for query in ("", "?f=html", "?f=jsonld")
    ],
    f"{ROOT}/styles/<style_id>": [f"{ROOT}/styles/{{layer}}", f"{ROOT}/styles/{{layer}}?f=sld11"],
    f"{ROOT}/styles/<style_id>/metadata": [f"{ROOT}/styles/{{layer}}/metadata"],
    f"{_C}/styles": [f"{ROOT}/collections/{{layer}}/styles"],
    f"{_C}/styles/<style_id>": [f"{ROOT}/collections/{{layer}}/styles/default"],
    f"{_C}/styles/<style_id>/metadata": [f"{ROOT}/collections/{{layer}}/styles/default/metadata"],
    f"{_C}/style": [f"{ROOT}/collections/{{layer}}/style"],
    f"{_C}/tiles": [f"{ROOT}/collections/{{layer}}/tiles", f"{ROOT}/collections/{{layer}}/tiles?f=html"],
    f"{_C}/tiles/<matrix_set>": [
        f"{ROOT}/collections/{{layer}}/tiles/WebMercatorQuad{query}" for query in ("", "?f=tilejson", "?f=html")
    ],
    _T: [
        f"{ROOT}/collections/{{layer}}/tiles/WebMercatorQuad/{tile}"
        for tile in ("0/0/0", "0/0/0?v=1", "0/0/0?datetime=2026-02-01T00:00:00Z", "14/5641/9660")
    ],
    "/wms": [
        f"/wms?REQUEST=GetMap&LAYERS={{layer}}&{_MAP}",
        f"/wms?REQUEST=GetFeatureInfo&LAYERS={{layer}}&QUERY_LAYERS={{layer}}&I=32&J=32&INFO_FORMAT=application/json&{_MAP}",
        f"/wms?REQUEST=GetFeatureInfo&LAYERS={{layer}}&QUERY_LAYERS={{layer}}&I=32&J=32&INFO_FORMAT=text/html&{_MAP}",
        "/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER={layer}&FORMAT=image/png",
    ],
    "/<any(en):english>/wms": [f"/en/wms?REQUEST=GetMap&LAYERS={{layer}}&{_MAP}"],
    "/ows": [
        f"/ows?REQUEST=GetMap&LAYERS=geoplatform:{{layer}}&{_MAP}",
        "/ows?SERVICE=WFS&VERSION=1.1.0&REQUEST=DescribeFeatureType&TYPENAME=geoplatform:{layer}&OUTPUTFORMAT=application/json",
    ],
    "/wmts": [
        "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=WebMercatorQuad"
        "&TILEMATRIX=14&TILEROW=5641&TILECOL=9660&FORMAT=image/png"
    ],
    "/wmts/1.0.0/<layer_id>/default/WebMercatorQuad/<z>/<y>/<x>.png": [
        "/wmts/1.0.0/{layer}/default/WebMercatorQuad/14/5641/9660.png"
    ],
    "/tiles/<layer_id>/<z>/<x>/<y>.png": [f"/tiles/{{layer}}/{_TILE}.png"],
    "/tiles/base/<base_id>/<z>/<x>/<y>.png": [f"/tiles/base/{{layer}}/{_TILE}.png"],
}

#: Queries that try to learn a hidden attribute of a visible layer; each must answer as for an attribute that is not there.
BY_ATTRIBUTE = [
    "/items?{name}=1", "/items?sortby={name}", "/items?sortby=-{name}", "/items?properties={name}",
    "/items?filter={name}%20IS%20NOT%20NULL", "/items?filter={name}%20LIKE%20%27a%25%27", "/items?filter=CASEI({name})%3D%27x%27",
    '/items?filter-lang=cql2-json&filter={{"op":"isNull","args":[{{"property":"{name}"}}]}}',
    "/items?filter={name}%3D1&datetime=2026-01-01T00:00:00Z", "/items?f=csv&properties={name}",
]  # fmt: skip

#: Questions asked by POST at /ows, with `{layer}`: for who may not see the layer each must answer as for one that is not there.
POSTED = [
    '<GetFeature service="WFS" maxFeatures="20"><Query typeName="geoplatform:{layer}" srsName="EPSG:4326"/></GetFeature>',
    '<GetFeature service="WFS" resultType="hits"><Query typeName="{layer}"/></GetFeature>',
    '<GetFeature service="WFS"><Query typeName="{layer}"><Filter><FeatureId fid="marked-{layer}"/></Filter></Query></GetFeature>',
]
#: The same with `{layer}`, which may be seen, and `{name}`, an attribute that may not.
POSTED_BY_ATTRIBUTE = [
    '<GetFeature><Query typeName="{layer}"><PropertyName>{name}</PropertyName></Query></GetFeature>',
    '<GetFeature><Query typeName="{layer}"><SortBy><SortProperty><PropertyName>{name}</PropertyName></SortProperty></SortBy>'
    "</Query></GetFeature>",
    '<GetFeature><Query typeName="{layer}"><Filter><PropertyIsNull><PropertyName>{name}</PropertyName></PropertyIsNull></Filter>'
    "</Query></GetFeature>",
]
