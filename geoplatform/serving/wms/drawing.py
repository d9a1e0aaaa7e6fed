"""What MapServer reads from disk: configuration, fonts, password file and one mapfile for each level, language and serial."""

from __future__ import annotations

import os
import time
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from geoplatform.config import DATA_DATABASE, Config
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.publishing import mapfile

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
LANGUAGES = ("uk", "en")

#: Sent by MapProxy to nginx, which draws for nobody else.
SECRET_HEADER = "X-Geoplatform-Drawing"  # noqa: S105 - the header's name

#: A mapfile that a newer serial replaced stays as long as a request may still be on its way to MapServer.
_KEPT_SECONDS = 600


def directory(config: Config) -> Path:
    """Return the directory of MapServer's files."""
    return config.run / "mapserver"


def prepare(config: Config) -> dict[str, str]:
    """Write what does not depend on layers; return the environment that MapServer must be started with.

    The mapfiles name no password: MapServer's libpq finds it in the file that PGPASSFILE names (mode 0600).
    """
    folder = directory(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(folder / "fonts.txt", f"sans {FONT}\n")
    # 8.0 refuses mapfiles from anywhere else
    pattern = "^" + str(folder).replace(".", "\\.") + r"/(public|registered|staff)\.[a-z0-9_.-]+\.map$"
    replace(folder / "mapserver.conf", f'CONFIG\n  ENV\n    MS_MAP_PATTERN "{pattern}"\n  END\nEND\n')
    lines = []
    for level in SERVED_LEVELS:
        place = conninfo_to_dict(config.dsn(level, DATA_DATABASE))
        lines.append(":".join(_escaped(str(place[part])) for part in ("host", "port", "dbname", "user", "password")))
    replace(folder / "pgpass", "\n".join(lines) + "\n")
    return {"MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf"), "PGPASSFILE": str(folder / "pgpass")}


def write(config: Config, level: Level, layers: list[PublishedLayer], serial: int) -> None:
    """Write the level's mapfiles for `serial` unless they are there, and remove those long replaced."""
    folder = directory(config)
    for language in LANGUAGES:
        path = folder / name(level, language, serial)
        if path.exists():
            continue
        replace(path, _mapfile(config, level, language, layers))
        for old in folder.glob(f"{level}.{language}.*.map"):
            if old != path and old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                old.unlink(missing_ok=True)


def write_single(config: Config, layer: PublishedLayer, application: str) -> None:
    """Write the mapfile of one layer alone, called `application`, unless it is there; raster tiles are drawn by it."""
    path = directory(config) / f"{application}.map"
    if not path.exists():
        replace(path, _mapfile(config, layer.level, "uk", [layer]))


def _mapfile(config: Config, level: Level, language: str, layers: list[PublishedLayer]) -> str:
    place = conninfo_to_dict(config.dsn(level, DATA_DATABASE))
    return mapfile.mapfile(
        layers,
        level,
        language,
        host=str(place["host"]),
        port=str(place["port"]),
        database=DATA_DATABASE,
        url=f"{config.site_url}/wms",
    )


def name(level: Level, language: str, serial: int) -> str:
    """Return the file name of a mapfile; a new serial is a new name, so nobody reads a half-written or an old one."""
    return f"{level}.{language}.{serial}.map"


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace(":", "\\:")


def replace(path: Path, text: str) -> None:
    """Replace the file in one step; only its owner may read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
