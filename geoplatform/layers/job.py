"""What one synchronisation of a layer needs, and the hashes that tell whether anything is new."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import Connection

from geoplatform.layers.checks import RecordChecker, RefusedRecord
from geoplatform.layers.definition import LayerDefinition, Source
from geoplatform.layers.geometry import Bounds
from geoplatform.layers.sources.base import SourceContext, SourceReader
from geoplatform.layers.vocabulary import Theme, Vocabulary

#: Goes up when the same source would give other rows than before, so that every layer is read again.
ENGINE_VERSION = 1

OpenSource = Callable[[Source, SourceContext, set[str]], SourceReader]
Progress = Callable[[str, str, int], None]
Publish = Callable[[Connection, LayerDefinition], list[str] | None]


class ApplyError(Exception):
    """What is read and checked can't be put in place; the message is one line. Nothing was applied."""


def _silent(layer: str, phase: str, records: int) -> None:
    """Tell nobody about the progress."""


@dataclass
class Job:
    """One layer to synchronise, and what it needs.

    source, source_kind: the one chosen among the definition's (`source` or `sample`).
    bounds: west, south, east, north in degrees, or None for anywhere.
    work: directory for the source's downloads; emptied before and after.
    publish: called inside the transaction when data or definition changed; returns lines for the report; raises ApplyError.
    progress: called with the layer's id, the phase (fetch, read, apply) and the number of records so far.
    merge: add and change features by their key; those that the source does not name stay.
    keep_absent: an attribute that the source has no column for keeps the values that it has.
    confirm_with: what a person does to accept a loss; the command line's way if None.
    staged: called when the records are staged; takes out what must not be applied, returns it and lines for the report.
    """

    definition: LayerDefinition
    source: Source
    source_kind: str
    open_source: OpenSource
    data_root: Path | None
    sample_root: Path
    work: Path
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    theme: Theme | None = None
    bounds: Bounds | None = None
    allow_demo: bool = False
    publish: Publish | None = None
    progress: Progress = _silent
    started_by: str = "system"
    merge: bool = False
    keep_absent: bool = False
    confirm_with: str | None = None
    staged: Callable[[Connection, SourceReader], tuple[list[RefusedRecord], list[str]]] | None = None

    def definition_hash(self) -> str:
        """Return a hash over everything that is published about the layer: definition, vocabularies, theme."""
        return _sha256(self.definition.canonical_json(), self._words(), self.theme.model_dump_json() if self.theme else "")

    def content_hash(self, fingerprint: str) -> str:
        """Return a hash over everything that the layer's rows depend on, given the source's `fingerprint`."""
        attributes = [
            a.model_dump(mode="json", exclude={"title", "description", "publication", "role", "unit"})
            for a in self.definition.attributes
        ]
        facts = {
            "engine": ENGINE_VERSION,
            "geometry": self.definition.geometry,
            "key": self.definition.key,
            "attributes": attributes,
            "source": self.source.model_dump(mode="json", exclude={"refresh"}),
            "bounds": self.bounds,
            "demo": self.allow_demo and not self.definition.life_depends,
        }
        return _sha256(fingerprint, json.dumps(facts, sort_keys=True), self._words())

    def _words(self) -> str:
        return json.dumps({name: v.model_dump(mode="json") for name, v in self.vocabularies.items()}, sort_keys=True)

    def checker(self) -> RecordChecker:
        """Return the checks that this layer's records go through."""
        return RecordChecker(self.definition, self.source, self.vocabularies, self.bounds, self.allow_demo)


@contextlib.contextmanager
def opened(job: Job, checker: RecordChecker):
    """Open the job's source in an empty work directory, which is removed afterwards; raises SourceError."""
    shutil.rmtree(job.work, ignore_errors=True)
    job.work.mkdir(parents=True)
    try:
        context = SourceContext(data_root=job.data_root, sample_root=job.sample_root, work=job.work, bounds=job.bounds)
        with job.open_source(job.source, context, checker.wanted) as reader:
            yield reader
    finally:
        shutil.rmtree(job.work, ignore_errors=True)


def _sha256(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()
