"""Small facts about the machine: programs, processes by id and start time, ports, memory, the user to run a service as."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import click


class OpsError(click.ClickException):
    """Something an operator must act on; the message is one clear line that says what and what to do."""


def program(name: str, *places: str) -> str:
    """Return the full path of the program `name`, looked for in `places` (directories) and then on PATH.

    Raises OpsError when it is not installed.
    """
    found = shutil.which(name, path=os.pathsep.join(places)) if places else None
    found = found or shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin")
    if not found:
        raise OpsError(f"The program {name} is not installed; run scripts/install, which installs what is missing.")
    return found


def as_user(user: str | None) -> list[str]:
    """Return the words to put before a command so that it runs as the system user `user` (None: as ourselves)."""
    if user is None:
        return []
    return [program("setpriv"), f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups", "--"]


def memory_mb() -> int:
    """Return the machine's memory, in megabytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def start_time(pid: int) -> int | None:
    """Return when the process `pid` started, in clock ticks since boot, or None when there is no such (live) process.

    A process id alone is no name: ids are used again.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(fields[18])


def command_of(pid: int) -> str:
    """Return the command line of the process `pid`, or "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def stop_process(pid: int, started: int | None, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    """Stop the process `pid` if it still is the one that started at `started`: `how` first, SIGKILL after `seconds`."""
    if started is None or start_time(pid) != started:
        return
    os.kill(pid, how)
    deadline = time.monotonic() + seconds
    while start_time(pid) == started:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += seconds
        time.sleep(0.02)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server can listen on `host`:`port` now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def port_holder(port: int) -> str:
    """Return who listens on the TCP port `port` as "pid N (program)", or "" when that can't be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(handle.readlink()) in inodes for handle in (process / "fd").iterdir()):
                return f"pid {process.name} ({command_of(int(process.name))[:60] or 'unknown'})"
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return ""


def wait_for_port(port: int, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Wait up to `seconds` until 127.0.0.1:`port` accepts connections; stop early when `alive()` turns false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.5):
                return True
        except OSError:
            time.sleep(0.05)
    return False
