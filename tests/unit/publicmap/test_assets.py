"""A page links every style sheet that its scripts need, also those that several entry points share."""

from __future__ import annotations

import pytest

from geoplatform.portal import assets


@pytest.mark.parametrize("source", ["src/map/map.ts", "src/map/print.ts", "src/map/embed.ts", "src/site/site.ts"])
def test_an_entry_point_has_its_style_sheets(source, monkeypatch):
    monkeypatch.setattr(assets, "static", lambda name: f"/{name}")
    styles = assets.entry(source).styles
    text = "".join((assets.DIST / style.removeprefix("/" + assets.STATIC_PREFIX)).read_text() for style in styles)
    assert {"site": ".gp-header", "map": ".gp-map"}["site" if "site" in source else "map"] in text
