"""What MapServer reads from disk: configuration, fonts, password file and one mapfile for each level, language and serial."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from geoplatform.config import DATA_DATABASE, Config
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.rasters import files
from geoplatform.publishing import mapfile
from geoplatform.publishing.drawable import Drawable

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
LANGUAGES = ("uk", "en")

#: Sent by MapProxy to nginx, which draws for nobody else.
SECRET_HEADER = "X-Geoplatform-Drawing"  # noqa: S105 - the header's name

#: A mapfile that a newer serial replaced stays as long as a request may still be on its way to MapServer.
_KEPT_SECONDS = 600


def directory(config: Config) -> Path:
    """Return the directory of MapServer's files."""
    return config.run / "mapserver"


def secret(config: Config) -> str:
    """Return what SECRET_HEADER must hold; hexadecimal, so that it stands in any configuration as it is."""
    return hashlib.sha256(config.secret("drawing").encode()).hexdigest()


def socket(config: Config) -> Path:
    """Return the Unix socket on which MapServer's processes wait."""
    return config.run / "mapserver.sock"


def environment(config: Config) -> dict[str, str]:
    """Return the environment that MapServer must be started with; `prepare` writes the files that it names."""
    folder = directory(config)
    return {"MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf")}


def prepare(config: Config) -> None:
    """Write what does not depend on layers and remove the mapfiles of an earlier run; MapServer does not run yet.

    The mapfiles name no password but the file in which libpq finds it (mode 0600).
    """
    folder = directory(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.map"):  # the database may have been restored since, and the same serial mean something else
        old.unlink()
    replace(folder / "fonts.txt", f"sans {FONT}\n")
    # 8.0 refuses mapfiles from anywhere else
    pattern = "^" + str(folder).replace(".", "\\.") + r"/(public|registered|staff)\.[a-z0-9_.-]+\.map$"
    replace(folder / "mapserver.conf", f'CONFIG\n  ENV\n    MS_MAP_PATTERN "{pattern}"\n  END\nEND\n')
    lines = []
    for level in SERVED_LEVELS:
        place = conninfo_to_dict(config.dsn(level, DATA_DATABASE))
        lines.append(":".join(_escaped(str(place[part])) for part in ("host", "port", "dbname", "user", "password")))
    replace(folder / "pgpass", "\n".join(lines) + "\n")


def write(config: Config, level: Level, language: str, layers: Iterable[Drawable], serial: int) -> str:
    """Write the level's mapfile in `language` for `serial` unless it is there, and remove those long replaced.

    Return its name.
    """
    folder = directory(config)
    path = folder / name(level, language, serial)
    if not path.exists():
        _clean(folder, f"{level}.{language}.*.map")
        replace(path, _mapfile(config, level, language, layers))
    return path.name


def _clean(folder: Path, pattern: str) -> None:
    """Remove the mapfiles that were replaced long ago; the newest is being replaced only now."""
    now = time.time()
    with contextlib.suppress(FileNotFoundError):  # another process cleans up too
        *old, newest = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime) or [None]
        if newest is not None:
            os.utime(newest)
        for path in old:
            if path.stat().st_mtime < now - _KEPT_SECONDS:
                path.unlink()


def write_single(config: Config, layer: Drawable, application: str) -> None:
    """Write the mapfile of one layer alone, called `application`, unless it is there; raster tiles are drawn by it."""
    path = directory(config) / f"{application}.map"
    if not path.exists():
        replace(path, _mapfile(config, layer.level, "uk", [layer]))


def _mapfile(config: Config, level: Level, language: str, layers: Iterable[Drawable]) -> str:
    place = conninfo_to_dict(config.dsn(level, DATA_DATABASE))
    return mapfile.mapfile(
        layers,
        level,
        language,
        host=str(place["host"]),
        port=str(place["port"]),
        database=DATA_DATABASE,
        passfile=directory(config) / "pgpass",
        url=f"{config.site_url}/wms",
        rasters=files.directory(config),
    )


def name(level: Level, language: str, serial: int) -> str:
    """Return the file name of a mapfile; a new serial is a new name, so nobody reads a half-written or an old one."""
    return f"{level}.{language}.{serial}.map"


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace(":", "\\:")


def replace(path: Path, text: str) -> None:
    """Replace the file in one step; only its owner may read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
