"""Synchronises one layer: source -> staging -> checks -> layer table and history -> change event -> publishing."""

from __future__ import annotations

import contextlib
import json
import time

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from geoplatform.layers import apply as applying
from geoplatform.layers import history, runs, staging, versions
from geoplatform.layers.ahead import read_ahead
from geoplatform.layers.checks import RecordChecker, RefusedRecord
from geoplatform.layers.job import ApplyError, Job, opened
from geoplatform.layers.report import EXAMPLES, RunReport, note, without_secrets
from geoplatform.layers.sources.base import SourceError, SourceReader

_REGISTER = """
insert into registry.layer as l (id, definition, definition_hash, version, source_hash, source_kind, source_date,
                                 checked_at, changed_at)
values (%(id)s, %(definition)s, %(hash)s, %(version)s, %(source)s, %(kind)s, %(date)s,
        case when %(kind)s <> 'none' then now() end, case when %(touched)s then now() end)
on conflict (id) do update set
    definition = excluded.definition,
    definition_hash = excluded.definition_hash,
    version = excluded.version,
    source_hash = excluded.source_hash,
    source_kind = case when excluded.source_kind = 'none' then l.source_kind else excluded.source_kind end,
    source_date = coalesce(excluded.source_date, l.source_date),
    checked_at = coalesce(excluded.checked_at, l.checked_at),
    changed_at = coalesce(excluded.changed_at, l.changed_at)
"""


def sync(conn: Connection, job: Job, *, confirm: bool = False, wait: bool = False) -> RunReport:
    """Synchronise one layer and return what happened; what goes wrong with the source is in the report, not raised.

    conn: to the data database as its owner, in autocommit, used by nobody else meanwhile.
    confirm: apply even if more than `loss_limit` of the features vanish.
    wait: wait for a run of the same layer that is under way, instead of refusing.
    """
    run = _Run(conn, job, confirm)
    start = time.monotonic()
    if not runs.lock(conn, job.definition.id, wait):
        run.report.status = "refused"
        run.report.error = "another synchronisation of this layer is under way; wait for it, or run with --wait"
        return run.report
    try:
        runs.begin(conn, run.report)
        history.ensure_partition(conn, job.definition.id)
        try:
            run.go(start)
        except (SourceError, ApplyError) as error:
            run.fail(" ".join(str(error).split()), start)
        except psycopg.Error as error:
            run.fail(f"database: {str(error).strip().splitlines()[0]}", start)
        except BaseException as error:
            # Ctrl-C, a task's time limit or a fault of ours: say so in the registry, then let it take its course.
            run.fail(f"interrupted by {type(error).__name__}", start, "interrupted")
            raise
    finally:
        if not conn.closed:
            staging.drop(conn)
            runs.unlock(conn, job.definition.id)
    return run.report


def establish(conn: Connection, job: Job) -> RunReport:
    """Make the layer known and published without reading its source; features that it has stay.

    conn: to the data database as its owner, in autocommit.
    """
    run = _Run(conn, job, confirm=False)
    run.report.source, run.report.source_kind = "", "none"
    start = time.monotonic()
    if not runs.lock(conn, job.definition.id, wait=False):
        run.report.status = "refused"
        run.report.error = "a synchronisation of this layer is under way; wait for it"
        return run.report
    try:
        runs.begin(conn, run.report)
        history.ensure_partition(conn, job.definition.id)
        try:
            run.establish(start)
        except ApplyError as error:
            run.fail(" ".join(str(error).split()), start)
        except psycopg.Error as error:
            run.fail(f"database: {str(error).strip().splitlines()[0]}", start)
    finally:
        if not conn.closed:
            runs.unlock(conn, job.definition.id)
    return run.report


def rehearse(conn: Connection, job: Job) -> RunReport:
    """Return what `sync` of the job would do, with status `checked` (`needs_confirmation` above the loss limit); change nothing.

    conn: to the data database as its owner, in autocommit.
    """
    run = _Run(conn, job, confirm=True)
    start = time.monotonic()
    if not runs.lock(conn, job.definition.id, wait=False):
        run.report.status, run.report.error = "refused", "the layer is being changed; try again in a moment"
        return run.report
    try:
        run.rehearse(start)
    except (SourceError, ApplyError) as error:
        run.report.status, run.report.error = "failed", " ".join(str(error).split())
    finally:
        if not conn.closed:
            staging.drop(conn)
            runs.unlock(conn, job.definition.id)
    return run.report


class _Run:
    """One run: what it counted so far and the steps it takes."""

    def __init__(self, conn: Connection, job: Job, confirm: bool):
        self.conn, self.job, self.confirm = conn, job, confirm
        self.definition = job.definition
        self.report = RunReport(
            layer=job.definition.id,
            source=without_secrets(job.source.location),
            source_kind=job.source_kind,
            started_by=job.started_by,
        )
        self.refused: list[RefusedRecord] = []
        self.source_hash: str | None = None

    def go(self, start: float) -> None:
        """Read, check, apply. Raises SourceError, ApplyError, psycopg.Error; nothing is applied then."""
        definition_hash = self.job.definition_hash()
        known = self._known()
        self.report.version = known["version"] if known else None
        self.report.before = known["feature_count"] if known else 0
        checker = self.job.checker()
        self.job.progress(self.definition.id, "fetch", 0)
        with opened(self.job, checker) as reader:
            self.report.crs, self.report.source_date = reader.crs, reader.date
            if reader.fingerprint is not None:
                self.source_hash = self.job.content_hash(reader.fingerprint)
                same_source = known and known["source_kind"] == self.job.source_kind
                if same_source and known["source_hash"] == self.source_hash:
                    self._unread(known["definition_hash"] == definition_hash, definition_hash, start)
                    return
            self._stage(reader, checker)
            if self.report.source_date is None:
                self.report.source_date = reader.date  # some know it only when they have read to the end
        self.report.warnings += checker.warnings
        if self.report.read and self.report.refused == self.report.read:
            self.report.status = "refused"
            self.report.error = "every record was refused; the last good data stay"
            self._finish(start)
            return
        self._apply(known, definition_hash, start)

    def establish(self, start: float) -> None:
        """Bring table, registry and publication to the definition; leave the features alone."""
        definition_hash, known = self.job.definition_hash(), self._known()
        self.report.before = self.report.unchanged = known["feature_count"] if known else 0
        self.report.version = known["version"] if known else None
        with self.conn.transaction():
            self.report.status = "unchanged"
            if known is None or known["definition_hash"] != definition_hash:
                self.report.status, self.report.version = "applied", versions.following(self.conn, self.definition.id)
                self._register(definition_hash, applying.establish(self.conn, self.definition, self.report.version, "system"))
            self._finish(start)

    def rehearse(self, start: float) -> None:
        """Read, check and compare, then roll back. Raises SourceError, ApplyError."""
        checker, known = self.job.checker(), self._known()
        with opened(self.job, checker) as reader:
            self.report.crs, self.report.source_date = reader.crs, reader.date
            self._stage(reader, checker)
        self.report.warnings += checker.warnings
        self.report.status = "checked"
        with self.conn.transaction(force_rollback=True):
            history.ensure_partition(self.conn, self.definition.id)
            outcome = self._place(known, versions.following(self.conn, self.definition.id), None)
            self._count(outcome)
            if not self.job.merge and outcome.removed > self.definition.loss_limit * outcome.before:
                self.report.status, self.report.error = "needs_confirmation", self._loss(outcome)
        self.report.seconds = time.monotonic() - start

    def fail(self, error: str, start: float, status: str = "failed") -> None:
        """Close the run as failed; after a lost connection there is nobody left to tell but the caller."""
        self.report.status, self.report.error = status, error
        self.report.added = self.report.changed = self.report.removed = 0
        if self.conn.closed:
            self.report.seconds = time.monotonic() - start
            return
        self._finish(start)

    def _known(self) -> dict | None:
        cursor = self.conn.cursor(row_factory=psycopg.rows.dict_row)
        return cursor.execute("select * from registry.layer where id = %s", (self.definition.id,)).fetchone()

    def _unread(self, same_definition: bool, definition_hash: str, start: float) -> None:
        """The bytes are those of last time: nothing to read. A change of wording or style is published all the same."""
        self.report.unchanged = self.report.before
        refused = runs.refused_before(self.conn, self.definition.id, self.source_hash)
        if refused:
            self.report.warnings.append(f"{refused[1]} records of these same bytes were refused in run {refused[0]}")
        with self.conn.transaction():
            if same_definition:
                self.report.status = "unchanged"
                self._touch()
            else:
                self.report.status = "applied"
                self.report.version = versions.following(self.conn, self.definition.id)
                self._register(definition_hash, applying.Applied(before=self.report.before))
            self._finish(start)

    def _stage(self, reader: SourceReader, checker: RecordChecker) -> None:
        checker.check_columns(reader.available)
        with (
            self.conn.transaction(),
            staging.Staging(self.conn, self.definition, checker.columns) as copy,
            contextlib.closing(read_ahead(reader.batches())) as batches,
        ):
            for batch in batches:
                checked = checker.check(batch)
                copy.write(checked.good, checked.kept)
                self.report.read += len(batch)
                self._note(checked.refused)
                self.report.mended += len(checked.mended)
                for position, feature, reason in checked.mended[: EXAMPLES - len(self.report.mended_examples)]:
                    self.report.mended_examples.append(note(position, feature, [reason]))
                self.job.progress(self.definition.id, "read", self.report.read)
        if copy.may_have_duplicates:
            with self.conn.transaction():
                self._note(staging.take_out_duplicates(self.conn, self.definition))
        if self.job.keep_absent:
            with self.conn.transaction():
                applying.keep_absent(self.conn, self.definition, set(reader.available))
        if self.job.staged is not None:
            with self.conn.transaction():
                refused, lines = self.job.staged(self.conn, reader)
            self._note(refused)
            self.report.warnings += lines

    def _note(self, refused: list[RefusedRecord]) -> None:
        self.report.refused += len(refused)
        for record in refused:
            self.report.count_reasons(record.reasons)
        room = max(0, EXAMPLES - len(self.report.refused_examples))
        self.report.refused_examples += [note(r.position, r.feature, r.reasons) for r in refused[:room]]
        self.refused += refused[: max(0, runs.KEPT_RECORDS - len(self.refused))]

    def _apply(self, known: dict | None, definition_hash: str, start: float) -> None:
        report = self.report
        self.job.progress(self.definition.id, "apply", report.read)
        version = versions.following(self.conn, self.definition.id)
        # Demonstration data give way to real ones whole; that is no loss.
        replaced = known is not None and known["source_kind"] == "sample" and self.job.source_kind == "source"
        limit = None if self.confirm or replaced else self.definition.loss_limit
        try:
            with self.conn.transaction():
                outcome = self._place(known, version, limit)
                self._count(outcome)
                news = outcome.touched or known is None or known["definition_hash"] != definition_hash or outcome.reshaped
                if news:
                    report.status, report.version = "applied", version
                    self._register(definition_hash, outcome)
                else:
                    report.status = "unchanged"
                    self._touch()
                self._finish(start)
        except applying.TooMuchLost as loss:
            report.status, report.kept, report.before = "needs_confirmation", loss.outcome.kept, loss.outcome.before
            report.error = self._loss(loss.outcome)
            self._finish(start)

    def _place(self, known: dict | None, version: int, limit: float | None) -> applying.Applied:
        """Bring what is staged into the layer's table; raises TooMuchLost."""
        if not self.job.merge:
            return applying.apply(self.conn, self.definition, version, self.job.started_by, limit)
        reshaped = applying.establish(self.conn, self.definition, version, self.job.started_by).reshaped
        outcome = applying.apply_edits(self.conn, self.definition, version, self.job.started_by, [])
        outcome.before, outcome.reshaped = known["feature_count"] if known else 0, reshaped
        return outcome

    def _count(self, outcome: applying.Applied) -> None:
        report = self.report
        report.added, report.changed, report.removed = outcome.added, outcome.changed, outcome.removed
        report.kept, report.before = outcome.kept, outcome.before
        report.changed = max(report.changed, outcome.reshaped)
        report.unchanged = max(0, outcome.before - report.changed - report.removed - report.kept)

    def _loss(self, outcome: applying.Applied) -> str:
        lost, before = outcome.removed, outcome.before
        way = self.job.confirm_with or f"geoplatform layers sync {self.definition.id} --confirm"
        return (
            f"{lost} of {before} features would vanish ({lost / before:.0%}, the limit is {self.definition.loss_limit:.0%});"
            f" nothing was applied; if it is right: {way}"
        )

    def _touch(self) -> None:
        """Note that the source answered soundly and brought nothing new."""
        self.conn.execute(
            "update registry.layer set checked_at = now(), source_hash = %s, source_kind = %s,"
            " source_date = coalesce(%s, source_date) where id = %s",
            (self.source_hash, self.job.source_kind, self.report.source_date, self.definition.id),
        )

    def _register(self, definition_hash: str, outcome: applying.Applied) -> None:
        """Bring the registry to the new version, record the event and publish."""
        layer, version = self.definition.id, self.report.version
        self.conn.execute(
            _REGISTER,
            {
                "id": layer,
                "definition": Jsonb(json.loads(self.definition.canonical_json())),
                "hash": definition_hash,
                "version": version,
                "source": self.source_hash,
                "kind": self.report.source_kind,
                "date": self.report.source_date,
                "touched": outcome.touched or bool(outcome.reshaped),
            },
        )
        box = None
        if outcome.touched or outcome.reshaped:
            applying.summarise(self.conn, self.definition)
            box = applying.change_bbox(self.conn, self.definition, version, all_new=outcome.before == 0)
        counts = (self.report.added, self.report.changed, self.report.removed)
        versions.record_event(self.conn, layer, version, box, counts, self.job.started_by, self.report.run)
        if self.job.publish is not None:
            self.report.warnings += self.job.publish(self.conn, self.definition) or []

    def _finish(self, start: float) -> None:
        self.report.seconds = time.monotonic() - start
        runs.finish(self.conn, self.report, self.source_hash, self.refused)
