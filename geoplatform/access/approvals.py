"""The two-person rule's approvals: recorded with a reason, once a person; `geoplatform.access.ceilings` counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from geoplatform.access import audit, ceilings
from geoplatform.access.ceilings import Held

MIN_REASON, MAX_REASON = 3, 2000


class ApprovalError(Exception):
    """The approval can't be recorded; the message is one line that says why."""


@dataclass(frozen=True)
class Approval:
    """One person's approval that stands."""

    layer: str
    what: str
    to_level: str
    approver: int
    approver_name: str
    reason: str
    at: datetime


def approve(conn: Connection, held: Held, account: int, name: str, reason: str) -> bool:
    """Record that `account`, called `name`, approves what is held, and why; return whether this was the last one needed.

    Runs in the caller's transaction as gp_owner; the caller publishes the layer again when it was. Raises ApprovalError.
    """
    reason = " ".join(reason.split())
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise ApprovalError(f"reason: say why it may be opened, in {MIN_REASON} to {MAX_REASON} characters")
    # two people at once: the second must count the first
    tables = ("registry.layer", "registry.raster")
    rows = [conn.execute(f"select from {table} where id = %s for update", [held.layer]).fetchone() for table in tables]
    if all(row is None for row in rows):
        raise ApprovalError(f"{held.layer}: there is no such layer")
    waiting = {(item.what, item.to): item for item in ceilings.pending(conn) if item.layer == held.layer}
    now = waiting.get((held.what, held.to))
    if now is None:
        raise ApprovalError("nothing of the kind waits for approval any more; look at the list again")
    if any(item.approver == account and item.to_level == held.to for item in standing(conn, held.layer, held.what)):
        raise ApprovalError("you have approved it already; another person must approve it too")
    conn.execute(
        "insert into access.approval (layer, what, to_level, approver, approver_name, reason) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (layer, what, to_level, approver) do update"
        " set approver_name = excluded.approver_name, reason = excluded.reason, at = now(), withdrawn_at = null",
        [held.layer, held.what, held.to, account, name, reason],
    )
    audit.note(conn, f"account:{account}", "approved", held.layer, what=held.what, to=held.to, name=name, reason=reason)
    count = next(item.approvals for item in ceilings.pending(conn) if (item.layer, item.what) == (held.layer, held.what))
    return count >= ceilings.APPROVALS


def withdraw(conn: Connection, held: Held, account: int) -> bool:
    """Take back the approval of `account` while the other is still missing; return whether there was one."""
    done = conn.execute(
        "update access.approval set withdrawn_at = now()"
        " where layer = %s and what = %s and approver = %s and withdrawn_at is null",
        [held.layer, held.what, account],
    ).rowcount
    if done:
        audit.note(conn, f"account:{account}", "approval withdrawn", held.layer, what=held.what, to=held.to)
    return bool(done)


def standing(conn: Connection, layer: str, what: str) -> list[Approval]:
    """Return the approvals that stand for a layer ('') or one of its attributes, oldest first."""
    with conn.cursor(row_factory=class_row(Approval)) as cursor:
        return cursor.execute(
            "select layer, what, to_level, approver, approver_name, reason, at from access.approval"
            " where layer = %s and what = %s and withdrawn_at is null order by at",
            [layer, what],
        ).fetchall()
