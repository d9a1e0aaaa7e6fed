"""Styles of other programs, read as far as a definition can say the same."""

import pytest

from geoplatform.layers.stylefiles import StyleFileError, read

SLD = """<?xml version="1.0"?>
<StyledLayerDescriptor version="1.1.0" xmlns="http://www.opengis.net/sld" xmlns:se="http://www.opengis.net/se"
 xmlns:ogc="http://www.opengis.net/ogc"><NamedLayer><UserStyle><se:FeatureTypeStyle>
{rules}
</se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"""
RULE = """<se:Rule><se:Name>{name}</se:Name>{filter}<se:PointSymbolizer><se:Graphic><se:Mark>
<se:WellKnownName>circle</se:WellKnownName>
<se:Fill><se:SvgParameter name="fill">{colour}</se:SvgParameter></se:Fill>
<se:Stroke><se:SvgParameter name="stroke">#232323</se:SvgParameter><se:SvgParameter name="stroke-width">0.5</se:SvgParameter>
</se:Stroke></se:Mark><se:Size>7</se:Size></se:Graphic></se:PointSymbolizer></se:Rule>"""
EQUAL = (
    "<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>kind</ogc:PropertyName>"
    "<ogc:Literal>{value}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"
)
BETWEEN = (
    "<ogc:Filter><ogc:And><ogc:PropertyIsGreaterThanOrEqualTo><ogc:PropertyName>n</ogc:PropertyName><ogc:Literal>1</ogc:Literal>"
    "</ogc:PropertyIsGreaterThanOrEqualTo><ogc:PropertyIsLessThan><ogc:PropertyName>n</ogc:PropertyName>"
    "<ogc:Literal>5.5</ogc:Literal></ogc:PropertyIsLessThan></ogc:And></ogc:Filter>"
)
QML = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22"><renderer-v2 type="categorizedSymbol" attr="kind"><categories>
<category value="a" label="Перше" symbol="0"/><category value="" label="" symbol="1"/></categories>
<symbols><symbol name="0" type="fill" alpha="0.5"><layer class="SimpleFill"><Option type="Map">
<Option name="color" value="230,10,20,255" type="QString"/><Option name="outline_color" value="0,0,0,255"/>
<Option name="outline_width" value="1"/><Option name="outline_width_unit" value="MM"/></Option></layer></symbol>
<symbol name="1" type="fill"><layer class="SimpleFill"><prop k="color" v="1,2,3,255"/></layer></symbol></symbols></renderer-v2>
<labeling><settings><text-style fieldName="name"/></settings></labeling></qgis>"""


def style(tmp_path, text: str, name="style.sld"):
    path = tmp_path / name
    path.write_text(text)
    return read(path)


def test_a_plain_sld_gives_colour_outline_width_and_size(tmp_path):
    found = style(tmp_path, SLD.format(rules=RULE.format(name="x", filter="", colour="#FF0000")))
    assert (found.colour, found.outline, found.width, found.size, found.classes) == ("#ff0000", "#232323", 0.5, 7, [])


TWO = (("a", "#00ff00"), ("b", "#0000ff"))


def test_rules_by_value_and_by_range_become_classes(tmp_path):
    rules = [
        RULE.format(name=f"Вид {v}", filter=EQUAL.format(value=v), colour=c) for v, c in (("a", "#00ff00"), ("b", "#0000ff"))
    ]
    found = style(tmp_path, SLD.format(rules="".join(rules)))
    assert found.attribute == "kind"
    assert [(c.value, c.title.uk, c.colour) for c in found.classes] == [("a", "Вид a", "#00ff00"), ("b", "Вид b", "#0000ff")]
    found = style(tmp_path, SLD.format(rules=RULE.format(name="", filter=BETWEEN, colour="#00ff00")))
    assert (found.attribute, found.classes[0].from_, found.classes[0].to) == ("n", 1, 5.5)


def test_a_qml_of_categories_gives_classes_label_and_pixels(tmp_path):
    found = style(tmp_path, QML, "style.qml")
    assert (found.colour, found.outline, found.opacity, found.label, found.attribute) == (
        "#e60a14", "#000000", 0.5, "name", "kind",
    )  # fmt: skip
    assert found.width == pytest.approx(3.78)
    assert [(c.value, c.title.uk) for c in found.classes] == [("a", "Перше")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html/>",
        "<qgis/>",
        SLD.format(rules=""),
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><StyledLayerDescriptor>&b;</StyledLayerDescriptor>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><StyledLayerDescriptor>&a;</StyledLayerDescriptor>',
    ],
)
def test_what_is_no_style_is_refused_in_one_line(tmp_path, text):
    with pytest.raises(StyleFileError) as refused:
        style(tmp_path, text)
    assert "\n" not in str(refused.value)
    assert "root:" not in str(refused.value)
