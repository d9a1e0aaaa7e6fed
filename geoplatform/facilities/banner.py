"""Announcements of an emergency: read by every page from memory, set and ended by staff, over by themselves at their end."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import psycopg
from psycopg import Connection
from psycopg.rows import class_row
from psycopg_pool import PoolTimeout

from geoplatform import config, database
from geoplatform.access import audit
from geoplatform.layers.definition import Text

logger = logging.getLogger(__name__)

Severity = Literal["info", "warning", "danger"]
#: The gravest comes first.
SEVERITIES: tuple[Severity, ...] = ("danger", "warning", "info")
#: Seconds for which a process believes what it has read; a new announcement is on every page within them.
BELIEVED_SECONDS = 4.0
#: Seconds that a page waits for the database before it goes without news of announcements.
_PATIENCE = 3.0
#: More at once would push the page itself out of sight.
MOST_SHOWN = 3
#: An announcement lasts so many hours at most.
MOST_HOURS = 31 * 24

_asking = threading.Lock()
_kept: tuple[str, float, list[Banner]] | None = None


class Changed(Exception):
    """Somebody else has changed the announcement meanwhile; nothing was written."""


@dataclass(frozen=True)
class Banner:
    """An announcement as everybody sees it; times are aware."""

    id: int
    severity: Severity
    title_uk: str
    title_en: str
    text_uk: str
    text_en: str
    starts_at: datetime
    ends_at: datetime

    @property
    def title(self) -> Text:
        """Its heading in both languages."""
        return Text(uk=self.title_uk, en=self.title_en)

    @property
    def text(self) -> Text | None:
        """What it says below the heading, None when that is nothing."""
        uk, en = self.text_uk or self.text_en, self.text_en or self.text_uk
        return Text(uk=uk, en=en) if uk else None

    def active(self, now: datetime) -> bool:
        """Return whether it is shown at `now` (aware)."""
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True)
class Kept(Banner):
    """An announcement as staff see it. version: by which two writers notice each other."""

    withdrawn_at: datetime | None
    set_at: datetime
    set_by: str
    version: int


def active() -> list[Banner]:
    """Return what is announced now, the gravest first, at most MOST_SHOWN.

    When the database does not answer, what was last read goes on to its end.
    """
    now = datetime.now(UTC)
    found = [banner for banner in _read() if banner.active(now)]
    return sorted(found, key=lambda banner: (SEVERITIES.index(banner.severity), -banner.id))[:MOST_SHOWN]


def forget() -> None:
    """Ask the database anew at the next page."""
    global _kept
    _kept = None


def _read() -> list[Banner]:
    """Return what was read at most BELIEVED_SECONDS ago; one page at a time asks anew, the others go on with what there is."""
    global _kept
    dsn = config.load().dsn("public")
    kept = _kept if _kept and _kept[0] == dsn else None
    if kept and time.monotonic() - kept[1] < BELIEVED_SECONDS:
        return kept[2]
    if not _asking.acquire(blocking=kept is None):
        return kept[2]
    try:
        if _kept and _kept[0] == dsn and time.monotonic() - _kept[1] < BELIEVED_SECONDS:
            return _kept[2]  # somebody has asked while this page waited
        fresh = _ask()
        if fresh is None:
            fresh = kept[2] if kept else []
        _kept = (dsn, time.monotonic(), fresh)
        return fresh
    finally:
        _asking.release()


def _ask() -> list[Banner] | None:
    try:
        with database.pool("public").connection(timeout=_PATIENCE) as conn, conn.cursor(row_factory=class_row(Banner)) as cursor:
            return cursor.execute("select * from pub_public.banner").fetchall()
    except (psycopg.Error, PoolTimeout) as error:
        logger.warning("announcements can't be read: %s", (str(error).splitlines() or [""])[0])
        return None


def announce(
    conn: Connection, author: str, severity: Severity, title: Text, text: Text | None, starts_at: datetime, ends_at: datetime
) -> int:
    """Set an announcement and return its number. conn: of the owner role. Raises psycopg.errors.CheckViolation."""
    with conn.transaction():
        number = conn.execute(
            "insert into registry.banner (severity, title_uk, title_en, text_uk, text_en, starts_at, ends_at, set_by)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) returning id",
            [
                severity, title.uk, title.en, text.uk if text else "", text.en if text else "", starts_at, ends_at, author,
            ],
        ).fetchone()[0]  # fmt: skip
        audit.note(conn, author, "banner", banner=number, severity=severity, title=title.uk, until=ends_at.isoformat())
    forget()
    return number


def withdraw(conn: Connection, author: str, number: int, version: int, *, back: bool = False) -> None:
    """End the announcement now, or bring one `back` that was ended by hand. conn: of the owner role. Raises Changed."""
    with conn.transaction():
        changed = conn.execute(
            "update registry.banner set withdrawn_at = case when %s then null else now() end, version = version + 1"
            " where id = %s and version = %s and ends_at > now() and (withdrawn_at is not null) = %s",
            [back, number, version, back],
        ).rowcount
        if not changed:
            raise Changed
        audit.note(conn, author, "banner", banner=number, ended=not back)
    forget()


def listed(conn: Connection, limit: int = 20) -> list[Kept]:
    """Return the newest announcements, over or not. conn: of the owner role."""
    with conn.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(
            "select id, severity, title_uk, title_en, text_uk, text_en, starts_at, ends_at, withdrawn_at, set_at, set_by, version"
            " from registry.banner order by id desc limit %s",
            [limit],
        ).fetchall()
