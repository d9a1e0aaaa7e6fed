"""What a sync did, for people: kept with the run, shown in the staff hub, printed in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from geoplatform.layers.reasons import Reason

Status = Literal["running", "applied", "unchanged", "refused", "needs_confirmation", "failed", "interrupted", "checked"]

#: So many records are named in the report; the rest can be downloaded.
EXAMPLES = 20


class ReasonCount(BaseModel):
    """How many records have one reason; `en` and `uk` show it with the first record's value."""

    code: str
    attribute: str
    count: int
    en: str
    uk: str


class RecordNote(BaseModel):
    """A record that the report names."""

    position: int
    feature: str | None
    en: list[str]
    uk: list[str]


class RunReport(BaseModel):
    """The outcome of one run over one layer.

    read: records of the source; added, changed, removed, unchanged: features of the layer; mended, refused: records.
    kept: features whose record was refused and whose last good state therefore stays.
    before: features of the layer when the run began.
    error: one line on why nothing was applied, or None.
    """

    layer: str
    run: int | None = None
    status: Status = "running"
    source: str = ""
    source_kind: str = "source"
    crs: str = ""
    source_date: datetime | None = None
    started_by: str = "system"
    started_at: datetime | None = None
    seconds: float = 0
    version: int | None = None
    read: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    mended: int = 0
    refused: int = 0
    kept: int = 0
    before: int = 0
    error: str | None = None
    warnings: list[str] = Field(default_factory=list)
    reasons: list[ReasonCount] = Field(default_factory=list)
    refused_examples: list[RecordNote] = Field(default_factory=list)
    mended_examples: list[RecordNote] = Field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the source was taken over whole: nothing failed and no record was refused."""
        return self.status in ("applied", "unchanged", "checked") and self.refused == 0 and self.error is None

    def count_reasons(self, reasons: Iterable[Reason]) -> None:
        """Count the reasons of one refused record."""
        for reason in reasons:
            for known in self.reasons:
                if (known.code, known.attribute) == (reason.code, reason.attribute):
                    known.count += 1
                    break
            else:
                self.reasons.append(
                    ReasonCount(code=reason.code, attribute=reason.attribute, count=1, en=reason.text("en"), uk=reason.text("uk"))
                )

    def text(self) -> str:
        """Return the report for the terminal, several lines of plain text."""
        head = f"{self.layer}: {self.status.replace('_', ' ')}"
        if self.version is not None:
            head += f", version {self.version}"
        head += f" ({self.seconds:.1f} s)"
        lines = [head]
        if self.source:
            origin = f"  source: {self.source}"
            if self.source_kind == "sample":
                origin += " (bundled sample)"
            if self.crs:
                origin += f", {self.crs}"
            if self.source_date:
                origin += f", as of {self.source_date:%Y-%m-%d %H:%M}"
            lines.append(origin)
        if self.read:
            counts = ("read", "added", "changed", "removed", "unchanged", "mended", "refused")
            lines.append("  " + ", ".join(f"{name} {getattr(self, name)}" for name in counts))
        if self.kept:
            lines.append(f"  of the refused, {self.kept} stay in their last good state")
        if self.error:
            lines.append(f"  error: {self.error}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        lines += self._notes("mended", self.mended_examples, self.mended)
        lines += self._notes("refused", self.refused_examples, self.refused)
        if self.refused and self.run:
            lines.append(f"  all refused records: geoplatform layers refused {self.run} --format csv")
        return "\n".join(lines)

    def _notes(self, word: str, notes: list[RecordNote], total: int) -> list[str]:
        lines = []
        for note in notes:
            name = f" ({note.feature})" if note.feature else ""
            lines.append(f"  {word} record {note.position}{name}: {'; '.join(note.en)}")
        if total > len(notes):
            lines.append(f"  … and {total - len(notes)} more {word}")
        return lines


def note(position: int, feature: str | None, reasons: Iterable[Reason]) -> RecordNote:
    """Return a record's note in both languages."""
    reasons = list(reasons)
    return RecordNote(position=position, feature=feature, en=[r.text("en") for r in reasons], uk=[r.text("uk") for r in reasons])


def without_secrets(location: str) -> str:
    """Return a source's location as it may be shown: no account, no query of an address, no password of a connection."""
    location = re.sub(r"(?i)(password|pwd)\s*=\s*('[^']*'|\S+)", r"\1=***", location)
    return re.sub(r"(?i)^([a-z][a-z0-9+.-]*://)(?:[^/@]*@)?([^?#]*).*$", r"\1\2", location)
