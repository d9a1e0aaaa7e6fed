"""`geoplatform access ...`: what waits for approval, and the audit log."""

from __future__ import annotations

import json

import click


@click.group()
def access() -> None:
    """Who may see what: openings that wait for approval, the audit log."""


@access.command("approvals")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_approvals(as_json: bool) -> None:
    """List what would be opened and waits for the approval of two people, who give it in the staff hub."""
    from geoplatform.access import approvals, ceilings
    from geoplatform.cli_layers import DatabaseFaults

    with DatabaseFaults(), _connection() as conn:
        found = [(held, approvals.standing(conn, held.layer, held.what)) for held in ceilings.pending(conn)]
    if as_json:
        rows = [
            {
                "layer": held.layer,
                "attribute": held.what or None,
                "now": held.stays,
                "asked": held.to,
                "approvals": [{"by": a.approver_name, "at": a.at, "reason": a.reason} for a in standing],
            }
            for held, standing in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    for held, standing in found:
        click.echo(f"{held.layer}: {held.text()}")
        for approval in standing:
            click.echo(f"  {approval.at:%Y-%m-%d %H:%M} {approval.approver_name}: {approval.reason}")
    if not found:
        click.echo("Nothing waits for approval.")


@access.command("audit")
@click.option("--layer", help="Only entries about this layer.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="The newest so many entries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def show_audit(layer: str | None, limit: int, as_json: bool) -> None:
    """Show who published, opened, narrowed, approved and downloaded what, newest first."""
    from geoplatform.access import audit
    from geoplatform.cli_layers import DatabaseFaults

    with DatabaseFaults(), _connection() as conn:
        entries = audit.read(conn, layer=layer, limit=limit)
    for entry in entries:
        if as_json:
            click.echo(json.dumps(entry._asdict(), ensure_ascii=False, default=str))
        else:
            detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
            click.echo(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor}  {entry.action}  {entry.layer or '-'}  {detail}".rstrip())


def _connection():
    import psycopg

    from geoplatform import config as configuration

    return psycopg.connect(configuration.load().dsn(), autocommit=True, application_name="geoplatform-cli")
