"""The layer `benches`, which is kept in the platform, and its editor."""

from __future__ import annotations

import psycopg
import yaml

from geoplatform import config
from geoplatform.layers import engine
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.edits import Editor
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline

BENCHES = yaml.safe_load("""
id: benches
title: {uk: Лавки, en: Benches}
description: {uk: Лавки у парках, en: Benches in parks}
theme: nature
geometry: point
publication: public
source: {driver: platform, location: platform}
key: [code]
attributes:
  - {name: code, title: {uk: Код, en: Code}, publication: public}
  - {name: seats, type: integer, title: {uk: Місць, en: Seats}, publication: public, required: true}
  - {name: tags, multiple: true, title: {uk: Ознаки, en: Tags}, publication: public}
  - {name: note, title: {uk: Примітка, en: Note}, publication: staff, source: other_column}
owner: {uk: Рада, en: Council}
licence: CC0-1.0
attribution: {uk: Рада, en: Council}
update_promise_days: 30
""")
HERE = {"type": "Point", "coordinates": [32.26, 48.51]}
THERE = {"type": "Point", "coordinates": [32.27, 48.52]}


def establish(conn: psycopg.Connection, **changes: object) -> Editor:
    """Make and publish the layer, empty; `changes` replace parts of its definition. Return an editor for account 7."""
    library = load_library()
    definition = LayerDefinition.model_validate(BENCHES | changes)
    publish = pipeline.publisher(library)
    job = pipeline.make_job(library, definition, config.load(), (definition.source, "source"), publish=publish)
    assert engine.establish(conn, job).status == "applied"
    return Editor(definition, library.vocabularies_of(definition), library.bounds_of(definition), "account:7", publish)
