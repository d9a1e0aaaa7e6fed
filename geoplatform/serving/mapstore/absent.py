"""What MapStore asks before it offers more than is here, answered in the words in which it expects a no."""

from __future__ import annotations

from http import HTTPStatus
from xml.sax.saxutils import escape

from geoplatform.serving.context import Answer, Context
from geoplatform.serving.mapstore import sentences
from geoplatform.serving.problems import shortened

_XML = "text/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def processes(context: Context) -> Answer:
    """Answer /wps: there is no such process, whatever is asked for (OGC 05-007r7, 8.4 and OGC 06-121r3, 8).

    With status 200, as GeoServer says it: MapStore then leaves out suggestions and aggregates without taking it for a fault.
    """
    query = {name.upper(): value for name, value in context.request.args.items(multi=True)}
    named = escape(shortened(query.get("IDENTIFIER", "")))
    body = (
        f'{_HEAD}<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0">'
        '<ows:Exception exceptionCode="InvalidParameterValue" locator="identifier">'
        f"<ows:ExceptionText>There is no process {named}; no processes are offered here.</ows:ExceptionText>"
        "</ows:Exception></ows:ExceptionReport>\n"
    )
    return Answer(body.encode(), _XML, HTTPStatus.OK, {"Cache-Control": "no-store"})


def capabilities(context: Context) -> Answer:
    """Answer GetCapabilities of WFS: the conditions that the table's rows can be filtered by, and no layer."""
    comparisons = "".join(
        f"<ogc:ComparisonOperator>{name.removeprefix('PropertyIs')}</ogc:ComparisonOperator>"
        for name in (*sentences.COMPARISONS, "PropertyIsLike", "PropertyIsBetween", "PropertyIsNull")
    )
    spatial = "".join(f'<ogc:SpatialOperator name="{name}"/>' for name in sentences.SPATIAL)
    body = (
        f'{_HEAD}<wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs" xmlns:ows="http://www.opengis.net/ows"'
        ' xmlns:ogc="http://www.opengis.net/ogc" version="1.1.0">'
        "<ows:ServiceIdentification><ows:Title>Rows for the catalogue's map viewer; programs use /ogcapi/</ows:Title>"
        "<ows:ServiceType>WFS</ows:ServiceType><ows:ServiceTypeVersion>1.1.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f"<ogc:Filter_Capabilities><ogc:Spatial_Capabilities><ogc:SpatialOperators>{spatial}</ogc:SpatialOperators>"
        f"</ogc:Spatial_Capabilities><ogc:Scalar_Capabilities><ogc:LogicalOperators/><ogc:ComparisonOperators>{comparisons}"
        "</ogc:ComparisonOperators></ogc:Scalar_Capabilities></ogc:Filter_Capabilities></wfs:WFS_Capabilities>\n"
    )
    return Answer(body.encode(), _XML, headers=context.caching("capabilities of rows"))


ROUTES = [("/wps", processes)]
