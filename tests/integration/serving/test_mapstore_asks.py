"""What MapStore asks in case there is more: it is told in its own words that there is not."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from werkzeug.test import Client

DESCRIBE = "/wps?service=WPS&version=1.0.0&REQUEST=DescribeProcess&IDENTIFIER="
OGC, WFS = "{http://www.opengis.net/ogc}", "{http://www.opengis.net/wfs}"


@pytest.mark.parametrize("ask", [Client.get, Client.post])
@pytest.mark.parametrize("process", ["gs:PagedUnique", "", "<&\"'>" * 40])
def test_there_is_no_process(places: Client, ask, process: str) -> None:
    answer = ask(places, "/wps", query_string={"service": "WPS", "REQUEST": "DescribeProcess", "IDENTIFIER": process})
    assert answer.status_code == 200 and answer.content_type == "text/xml; charset=utf-8"
    assert "<ows:ExceptionReport" in answer.text, "MapStore looks for these letters"
    assert ElementTree.fromstring(answer.data)[0].get("exceptionCode") == "InvalidParameterValue"


def test_the_tables_capabilities_name_conditions_and_no_layer(places: Client) -> None:
    answer = places.get("/ows?service=WFS&version=1.1.1&request=GetCapabilities")
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{WFS}WFS_Capabilities" and "places" not in answer.text
    names = [operator.text for operator in root.iter(f"{OGC}ComparisonOperator")]
    assert {"EqualTo", "Like", "Between", "Null"} <= set(names)
    assert "Intersects" in [operator.get("name") for operator in root.iter(f"{OGC}SpatialOperator")]
