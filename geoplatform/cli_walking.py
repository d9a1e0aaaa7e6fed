"""`geoplatform walking ...`: the street network that distances on foot are measured along."""

from __future__ import annotations

import sys

import click


@click.group()
def walking() -> None:
    """The street network for distances on foot: what is built, and building it now."""


@walking.command()
def status() -> None:
    """Tell which layer the network was built from and whether it is behind; exit status 1 when there is none."""
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.walking import build

    with DatabaseFaults():
        built = build.status()
    if built is None:
        click.echo("No street network is built; distances are straight. layers/walking.yaml names its layer.")
        sys.exit(1)
    marks = [mark for mark, holds in (("demonstration data", built.demo), ("behind", built.behind)) if holds]
    click.echo(f"{built.layer}, version {built.version}: {built.edges} edges{', ' + ', '.join(marks) if marks else ''}")


@walking.command()
def build() -> None:
    """Build the network now if the layer or the rules have changed; the worker does so by itself."""
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.walking import build as building

    with DatabaseFaults():
        done = building.follow()
    click.echo("Built anew." if done else "Nothing has changed.")
