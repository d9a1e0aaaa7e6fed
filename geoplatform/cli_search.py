"""`geoplatform search ...`: how far search has followed what is published, and indexing anew."""

from __future__ import annotations

import sys

import click


@click.group()
def search() -> None:
    """What people find: how far it has followed what is published, indexing anew."""


@search.command()
def status() -> None:
    """List the sources of documents: when each was followed, whether it is behind, why one failed."""
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.search import indexing

    with DatabaseFaults():
        found = indexing.status()
    for source in found:
        when = f"{source.indexed_at:%Y-%m-%d %H:%M:%S}" if source.indexed_at else "never"
        state = f"failed: {source.error}" if source.error else "behind" if source.behind else "ok"
        click.echo(f"{source.name:<36}{when:<22}{state}")
    if not found:
        click.echo("Nothing has been published yet.")
    sys.exit(1 if any(source.error for source in found) else 0)


@search.command()
def reindex() -> None:
    """Look at every document again; search goes on meanwhile. What the worker is busy with, it carries on itself."""
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.search import indexing

    with DatabaseFaults():
        done = indexing.reindex(progress=click.echo)
    if done.busy:
        click.echo("The worker is indexing just now and carries it out.")
    for name, reason in done.failed.items():
        click.echo(f"{name}: {reason}", err=True)
    sys.exit(1 if done.failed else 0)
