"""QGIS without a screen reads features, WMS, WMTS, XYZ and vector tiles, each also with a token, and nothing above who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geoplatform.access import tokens
from tests.clients import looking
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, PLACE, WELLS
from tests.maps_stack import running_maps

#: Layer -> its level.
LAYERS = {"wells": "public", "plots": "registered", "pipes": "staff"}
#: Who reads -> the layers that they see.
READERS = {
    "nobody": {"wells"},
    "a resident by Basic": {"wells", "plots"},
    "staff by Basic": {"wells", "plots", "pipes"},
    "staff by Bearer": {"wells", "plots", "pipes"},
    "staff's token for one layer": {"pipes"},
}
#: Service -> QGIS's provider and its address of a layer.
MAPS = {
    "WMS": ("wms", "contextualWMSLegend=0&crs=EPSG:3857&format=image/png&layers={layer}&styles=default&url={base}/wms"),
    "WMTS": (
        "wms",
        "crs=EPSG:3857&format=image/png&layers={layer}&styles=default&tileMatrixSet=WebMercatorQuad"
        "&url={base}/wmts/1.0.0/WMTSCapabilities.xml",
    ),
    "XYZ": ("wms", "type=xyz&zmin=0&zmax=20&url={base}/tiles/{layer}/%7Bz%7D/%7Bx%7D/%7By%7D.png"),
    "vector tiles": (
        "vectortile",
        "type=xyz&zmin=0&zmax=20&url={base}/ogcapi/collections/{layer}/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D?f=mvt",
    ),
}
FEATURES = "url='{base}/ogcapi/' typename='{layer}'"


@dataclass(frozen=True)
class Seen:
    """What one reader's QGIS saw: told by name, `<service> <layer>`, and the pictures."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    folder: Path = Path()

    def picture(self, name: str) -> bytes:
        """Return the drawn picture, which must be there."""
        return (self.folder / f"{name}.png").read_bytes()


@pytest.fixture(scope="module")
def look(services, module_data_db: psycopg.Connection, tmp_path_factory) -> Iterator[Callable[[str], Seen]]:
    """The layers, served, and what each reader's QGIS sees of them, which is looked at once."""
    conn = module_data_db
    for layer, level in LAYERS.items():
        wells.change(conn, wells.layer(layer, level), WELLS, 1, None)
    with conn.transaction():
        conn.execute("insert into access.account values (7, 'staff'), (8, 'registered')")
        staff, resident, limited = (tokens.make(conn, *given) for given in
                                    ((7, "qgis", 1), (8, "qgis", 1), (7, "one layer", 1, ["pipes"])))  # fmt: skip
    conn.commit()
    credentials = {
        "nobody": [],
        "a resident by Basic": ["Basic", "olena", resident],
        "staff by Basic": ["Basic", "staff", staff],
        "staff by Bearer": ["Bearer", staff],
        "staff's token for one layer": ["Basic", "staff", limited],
    }
    x, y = wells.mercator(*PLACE)
    with running_maps(services.config) as maps:

        @cache
        def seen(reader: str) -> Seen:
            folder = tmp_path_factory.mktemp("qgis")
            given = {"base": maps.base_url}
            told = looking.look(
                folder,
                credentials=credentials[reader],
                features={f"features {layer}": FEATURES.format(layer=layer, **given) for layer in LAYERS},
                maps={
                    f"{service} {layer}": [provider, uri.format(layer=layer, **given)]
                    for service, (provider, uri) in MAPS.items()
                    for layer in LAYERS
                },
                extent=[x - 256, y - 256, x + 256, y + 256],
            )
            return Seen(told, folder)

        yield seen


@pytest.mark.parametrize("reader", READERS)
def test_qgis_reads_the_features_that_the_reader_may_see(look: Callable[[str], Seen], reader: str):
    told = look(reader).told
    read = {layer: told[f"features {layer}"]["distinct"] for layer in LAYERS}
    assert read == {layer: len(WELLS) if layer in READERS[reader] else 0 for layer in LAYERS}


@pytest.mark.parametrize("service", MAPS)
@pytest.mark.parametrize("reader", READERS)
def test_qgis_draws_what_the_reader_may_see(look: Callable[[str], Seen], reader: str, service: str):
    seen = look(reader)
    colours = {}
    for layer in LAYERS:
        name = f"{service} {layer}"
        if seen.told[name]["valid"]:
            colours[layer] = wells.main_colour(seen.picture(name))
    assert {layer for layer, colour in colours.items() if colour is not None} == READERS[reader]
    assert set(colours.values()) <= {BLUE, None}


@pytest.mark.parametrize("service", ["WMS", "WMTS"])
def test_a_service_that_lists_its_layers_does_not_list_what_is_hidden(look: Callable[[str], Seen], service: str):
    told = look("nobody").told
    assert {layer for layer in LAYERS if told[f"{service} {layer}"]["valid"]} == {"wells"}
