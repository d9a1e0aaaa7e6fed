"""Styles of other programs, read as far as a definition can say the same."""

import pytest

from geoplatform.layers import faults, stylefiles
from geoplatform.layers.definition import Attribute, LayerDefinition, Style, Text
from geoplatform.layers.stylefiles import StyleFileError, read
from geoplatform.layers.stylefit import fitted
from geoplatform.publishing import styles
from geoplatform.publishing.sld import sld

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


def found(tmp_path, text: str, name="style.sld"):
    path = tmp_path / name
    path.write_text(text)
    return read(path)


def style(tmp_path, text: str, name="style.sld"):
    return found(tmp_path, text, name).style


def test_a_plain_sld_gives_colour_outline_width_and_size(tmp_path):
    read_file = found(tmp_path, SLD.format(rules=RULE.format(name="x", filter="", colour="#FF0000")))
    assert read_file.lost == (), "nothing of it is lost, and so nothing is said to be"
    plain = read_file.style
    assert (plain.colour, plain.outline, plain.width, plain.size, plain.classes) == ("#ff0000", "#232323", 0.5, 7, [])


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
        "#010203", "#000000", 0.5, "name", "kind",
    )  # fmt: skip
    assert found.width == pytest.approx(3.78)
    assert [(c.value, c.title.uk, c.colour) for c in found.classes] == [("a", "Перше", "#e60a14")]


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


QML_RANGES = """<qgis><renderer-v2 type="graduatedSymbol" attr="n"><ranges>
<range lower="0.000000000000000" upper="10.000000000000000" symbol="0" label="мало"/>
<range lower="10.000000000000000" upper="20.000000000000000" symbol="1" label="багато"/></ranges>
<symbols><symbol name="0" type="marker"><layer class="SvgMarker"><Option type="Map"><Option name="color" value="1,1,1,255"/>
<Option name="size" value="2"/></Option></layer><layer class="SimpleMarker"/></symbol>
<symbol name="1" type="marker"><layer class="SimpleMarker"><Option type="Map"><Option name="color" value="2,2,2,255"/>
<Option name="size" value="5"/></Option></layer></symbol></symbols></renderer-v2>
<labeling><settings><text-style isExpression="1" fieldName="concat(a, b)"/></settings></labeling></qgis>"""


def layer(geometry="point", style=None, *attributes: Attribute) -> LayerDefinition:
    name = Text(uk="Назва", en="Name")
    return LayerDefinition(
        id="wells", title=name, description=name, theme="t", geometry=geometry, key=["kind"], owner=name, licence="x",
        source={"driver": "platform", "location": "platform"}, attribution=name, update_promise_days=1, style=style or Style(),
        attributes=[Attribute(name="kind", title=name), Attribute(name="n", type="number", title=name), *attributes],
    )  # fmt: skip


def test_the_largest_value_of_qgis_is_in_its_class_and_a_shared_bound_in_the_lower_one(tmp_path):
    low, high = style(tmp_path, QML_RANGES, "a.qml").classes
    assert low.from_ == 0 and low.from_ <= 10 < low.to, "QGIS draws 10 in the first class that holds it"
    assert high.from_ <= 20 < high.to and not high.to > 20.001


def test_what_a_definition_can_not_say_is_named(tmp_path):
    assert set(found(tmp_path, QML_RANGES, "a.qml").lost) == {
        "icons, patterns and fillings by a picture", "several symbols one over another: the first is taken",
        "sizes, outlines and opacity by class: classes differ by colour, the rest is that of the first symbol",
        "a label that is not one attribute's value",
    }  # fmt: skip
    other = "<ogc:PropertyIsNotEqualTo><ogc:PropertyName>k</ogc:PropertyName></ogc:PropertyIsNotEqualTo>"
    rule = RULE.format(name="x", filter=f"<ogc:Filter>{other}</ogc:Filter>", colour="#00ff00").replace("circle", "star")
    assert set(found(tmp_path, SLD.format(rules=rule)).lost) == {
        "rules whose condition is not one value or range of one attribute",
        "the shape of marks: classes get theirs from the platform",
    }


@pytest.mark.parametrize("loss", stylefiles.LOSSES)
def test_every_loss_is_told_in_ukrainian(loss):
    assert faults.in_language(f"left out of the style: {loss}", "uk").startswith("зі стилю не взято: ")
    assert faults.in_language(loss, "uk") != loss


def test_a_style_is_fitted_to_the_layers_attributes():
    own = Attribute(name="sort", title=Text(uk="Вид", en="Kind"), source=["Вид", "sort"])
    told = style_of("Вид", value="a").model_copy(update={"label": "nothing"})
    fit, lost = fitted(told, [own])
    assert (fit.attribute, fit.label, len(fit.classes)) == ("sort", None, 1)
    assert lost == ("the label: the layer has no attribute nothing",)
    fit, lost = fitted(style_of("gone", value="a"), [own])
    assert (fit.attribute, fit.classes, lost) == (None, [], ("the classes: the layer has no attribute gone",))
    fit, lost = fitted(style_of("sort", **{"from": 1}), [own])
    assert (fit.attribute, fit.classes, lost) == (None, [], ("the classes: they are ranges of numbers, and sort is no number",))
    assert all(faults.in_language(text, "uk") != text for text in lost)


def style_of(attribute: str, **bounds) -> Style:
    words = {"title": {"uk": "клас", "en": "class"}, "colour": "#112233"}
    return Style.model_validate({"attribute": attribute, "classes": [{**bounds, **words}]})


@pytest.mark.parametrize("geometry", ["point", "line", "polygon"])
def test_a_layers_own_sld_put_back_draws_it_as_before(tmp_path, geometry):
    classes = [("a", None, None, "#00ff00"), ("b", None, None, "#0000ff")]
    ranges = [(None, 1.5, 5.5, "#00ff00"), (None, 5.5, None, "#0000ff")]
    for attribute, told in ((None, []), ("kind", classes), ("n", ranges)):
        words = {"uk": "Вид", "en": "Вид"}
        before = Style.model_validate(
            {"colour": "#a0b0c0", "outline": "#101010", "opacity": 0.7, "size": 12, "width": 2, "dash": [2, 1], "label": "kind",
             "attribute": attribute,
             "classes": [{"value": v, "from": f, "to": t, "title": words, "colour": c} for v, f, t, c in told]}
        )  # fmt: skip
        definition = layer(geometry, before)
        path = tmp_path / "own.sld"
        path.write_bytes(sld(definition, {}, "uk"))
        after, lost = fitted(read(path).style, definition.attributes)
        assert lost == ()
        one, other = (
            styles.maplibre(definition.model_copy(update={"style": it}), {}, "uk", tiles="", max_zoom=16)["layers"]
            for it in (before, after)
        )
        assert one == other
