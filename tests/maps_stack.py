"""The parts that draw maps, without GeoNode: nginx, the serving plane, MapServer, MapProxy and the keeper on a data database."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from geoplatform.config import Config
from geoplatform.ops import nginx
from geoplatform.ops.parts import Part, environment, parts
from geoplatform.serving.wms import drawing

NEEDED = ("serving", "nginx", "mapserver", "mapproxy", "keeper")

#: Seconds that a part may take to answer, on a loaded machine.
PATIENCE = 90


@dataclass
class Maps:
    """The running parts. base_url: of nginx, without a trailing slash; needed: names; processes: by the part's name."""

    config: Config
    base_url: str
    needed: tuple[str, ...] = NEEDED
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (names in lower case) and body through nginx."""
        return self.ask(self.config.port, path, method, **headers)

    def ask(self, port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of whoever listens on `port`."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def health(self) -> dict[str, dict]:
        """Return what /healthz says of each part."""
        return json.loads(self.get("/healthz")[2])["parts"]

    def start(self, part: Part) -> None:
        """Start one part, its output in the run directory."""
        with (self.config.run / f"{part.name}.log").open("ab") as log:
            self.processes[part.name] = subprocess.Popen(
                part.command, env=environment(), cwd=part.cwd, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End one part and what it has started."""
        process = self.processes.pop(name)
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait_until_well(self) -> None:
        """Wait until each part answers."""
        deadline, state = time.monotonic() + PATIENCE, {}
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException, KeyError):
                state = self.health()
                if all(state[name]["ok"] for name in self.needed):
                    return
            time.sleep(0.2)
        raise AssertionError(f"not well after {PATIENCE} s: {state}\n{self.logs()}")

    def logs(self) -> str:
        """Return what the parts said last."""
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-2000:]}" for path in self.config.run.glob("*.log"))


@contextlib.contextmanager
def running_maps(config: Config, needed: tuple[str, ...] = NEEDED) -> Iterator[Maps]:
    """Run the `needed` parts while the block lasts; PostgreSQL runs already and its data database has our schema."""
    config.run.mkdir(parents=True, exist_ok=True)
    drawing.prepare(config)
    nginx.write_configuration(config)
    nginx.check(config)
    maps = Maps(config, f"http://127.0.0.1:{config.port}", needed)
    try:
        for part in parts(config, None):
            if part.name in needed:
                maps.start(part)
        maps.wait_until_well()
        yield maps
    finally:
        for name in reversed(list(maps.processes)):  # nginx before those who wait for the connections that it keeps
            maps.stop(name)


def stored(config: Config, level: str, layer: str) -> list[Path]:
    """Return the stored tiles of the layer's present edition."""
    return sorted((config.var / "tiles" / level / layer / "current").glob("[0-9]*/*/*.png"))
