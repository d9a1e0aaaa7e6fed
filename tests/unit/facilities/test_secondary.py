"""A layer whose rows are about other layers' features is told with them, and stands in no search or list of its own accord."""

from __future__ import annotations

from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer, trimmed
from geoplatform.publicmap.query import default_layers
from geoplatform.search.layer_documents import Form
from tests.integration.serving.layers import definition

FACTS = {"level": Level.public, "version": 1, "feature_count": 3, "demo_count": 0, "bbox": None, "source_kind": "source",
         "source_date": None, "checked_at": None, "changed_at": None}  # fmt: skip


def published(layer: str, **more: object) -> PublishedLayer:
    document = trimmed(definition(layer, **more), {}, [], Level.public)
    return PublishedLayer.model_construct(**document.__dict__, **FACTS)


def test_the_map_shows_it_only_when_it_is_chosen():
    layers = [published("health", critical=True), published("states", secondary=True)]
    assert default_layers(layers) == ("health",)
    assert default_layers(layers, searching=True) == ("health",)


def test_its_rows_are_no_documents_of_the_search():
    for secondary in (False, True):
        document = trimmed(definition("states", secondary=secondary), {}, [], Level.public)
        assert Form(document, frozenset({Level.public})).featureless is secondary
