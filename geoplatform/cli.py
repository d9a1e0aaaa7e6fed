"""`geoplatform ...`: the command line. Heavy parts are imported when their command runs, so that help is instant."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version as installed_version
from pathlib import Path

import click

from geoplatform import config
from geoplatform.config import ConfigError


class Commands(click.Group):
    """The top group: a wrong setting is one line, not a stack trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise click.ClickException(str(error)) from error


class LazyGroup(click.Group):
    """A group that another module defines, imported when one of its commands is asked for; a broken one harms nobody else."""

    def __init__(self, name: str, module: str, attribute: str, about: str) -> None:
        super().__init__(name, help=about)
        self._place = module, attribute

    def _real(self) -> click.Group:
        module, attribute = self._place
        try:
            return getattr(import_module(module), attribute)
        except (ImportError, AttributeError, SyntaxError) as error:
            raise click.ClickException(f"`{self.name}` can't be loaded: {type(error).__name__}: {error}") from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._real().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._real().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a municipality's geoplatform: its hub, its public map, its layers."""


main.add_command(LazyGroup("tiles", "geoplatform.cli_tiles", "tiles", "Draw raster tiles beforehand, count and remove them."))
main.add_command(LazyGroup("rasters", "geoplatform.cli_rasters", "rasters", "Bring in aerial photographs and other GeoTIFFs."))
main.add_command(LazyGroup("layers", "geoplatform.cli_layers", "layers", "Check, load and inspect the layers."))
main.add_command(LazyGroup("search", "geoplatform.cli_search", "search", "See how far search has followed, index anew."))
main.add_command(LazyGroup("walking", "geoplatform.cli_walking", "walking", "See and build the street network."))
main.add_command(LazyGroup("indicators", "geoplatform.cli_indicators", "indicators", "Take in figures by area and year."))
main.add_command(LazyGroup("access", "geoplatform.cli_access", "access", "See what waits for approval, and the audit log."))


@main.command()
def up() -> None:
    """Start everything and keep it running until Ctrl-C."""
    from geoplatform.ops.up import up as start

    sys.exit(start(config.load()))


@main.command()
def down() -> None:
    """Stop the running installation."""
    from geoplatform.ops.up import down as stop

    click.echo(stop(config.load()))


@main.command()
def status() -> None:
    """Say which parts answer; the exit status is 0 when all do."""
    from geoplatform.ops.up import health

    installation = config.load()
    state = health(installation)
    if state is None:
        raise click.ClickException(f"Nothing answers on port {installation.port}; `geoplatform up` starts the installation.")
    for name, part in state["parts"].items():
        click.echo(f"{name:<10}{'ok' if part['ok'] else part['why']}")
    sys.exit(0 if state["ok"] else 1)


@main.group()
def plugins() -> None:
    """Find out about the installed plugins."""


@plugins.command("list")
def list_plugins() -> None:
    """List the installed plugins and why one is left out."""
    from geoplatform.plugins import discover

    found = discover()
    for plugin in found:
        click.echo(f"{plugin.name:<16}{plugin.version:<12}{'ok' if plugin.fault is None else f'left out: {plugin.fault}'}")
    if not found:
        click.echo("No plugins are installed.")


@main.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
def backup(archive: Path) -> None:
    """Write databases, uploaded files and secrets of this installation to the new file ARCHIVE (.tar)."""
    from geoplatform.ops.backup import backup as write

    click.echo(write(config.load(), archive, click.echo))


@main.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(archive: Path) -> None:
    """Make this installation, which must be empty and stopped, what ARCHIVE holds."""
    from geoplatform.ops.backup import restore as read

    click.echo(read(config.load(), archive, click.echo))


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(installed_version("geoplatform"))


if __name__ == "__main__":
    main()
