"""Taking an uploaded table into a layer: a new one, or one that the platform keeps, by the same engine as every source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from psycopg import Connection

from geoplatform.layers import engine, stale, uploaded
from geoplatform.layers.checks import RefusedRecord
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.edits import NotEditable
from geoplatform.layers.intake.files import Upload
from geoplatform.layers.intake.reading import GENERATED, Uploaded, opener
from geoplatform.layers.job import Job
from geoplatform.layers.library import Library
from geoplatform.layers.report import RunReport

#: replace: the layer holds what the file holds; merge: features of the file are added or changed, the others stay.
Mode = Literal["replace", "merge"]


@dataclass(frozen=True)
class Intake:
    """A table on its way into a layer.

    definition: of the layer, new or known. author: who is named in history, e.g. `account:7`. publish: see `job.Job`.
    allow_demo: whether demonstration records are taken. is_new: whether the upload makes the layer.
    overwrite: whether the file's rows go before what others changed since it was made (`geoplatform.layers.stale`).
    notes: lines for the report of what is published.
    """

    upload: Upload
    definition: LayerDefinition
    library: Library
    author: str
    publish: engine.Publish
    allow_demo: bool
    is_new: bool
    mode: Mode = "replace"
    overwrite: bool = False
    notes: tuple[str, ...] = ()

    def rehearse(self, conn: Connection) -> RunReport:
        """Return what `take` would do; nothing is changed. conn: to the data database as its owner, in autocommit."""
        return self._named(engine.rehearse(conn, self._job()))

    def take(self, conn: Connection, *, confirm: bool = False) -> RunReport:
        """Take the table in, whole or not at all, and publish the layer; definition, features and views come in one commit.

        confirm: accept that more features vanish than the layer's loss limit allows.
        """
        return self._named(engine.sync(conn, self._job(), confirm=confirm))

    def _job(self) -> Job:
        if not self.definition.kept_here:
            raise NotEditable(f"layer {self.definition.id} follows its source; change the data there")

        def publish(conn: Connection, definition: LayerDefinition) -> list[str] | None:
            if self.is_new:
                uploaded.store(conn, definition, self.author, self.upload.name)
            return [*(self.publish(conn, definition) or []), *self.notes]

        return Job(
            definition=self.definition,
            source=self.upload.source,
            source_kind="source",
            open_source=opener(self.definition.key == [GENERATED]),
            data_root=self.upload.folder,
            sample_root=self.upload.folder,
            work=self.upload.folder / "work",
            vocabularies=self.library.vocabularies_of(self.definition),
            theme=self.library.theme(self.definition.theme),
            bounds=self.library.bounds_of(self.definition),
            allow_demo=self.allow_demo,
            publish=publish,
            started_by=self.author,
            merge=self.mode == "merge" and not self.is_new,
            keep_absent=not self.is_new,
            confirm_with="confirm the loss",
            staged=None if self.is_new or self.overwrite else self._take_out_stale,
        )

    def _take_out_stale(self, conn: Connection, reader: Uploaded) -> tuple[list[RefusedRecord], list[str]]:
        return stale.take_out(conn, self.definition, reader.bases, self.author, replaces=self.mode == "replace")

    def _named(self, report: RunReport) -> RunReport:
        """Return the report with the file's own name in it."""
        report.source = self.upload.name
        if report.error:
            report.error = report.error.replace(self.upload.source.location, self.upload.name)
        return report
