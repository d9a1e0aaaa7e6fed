"""Runs every part under honcho: in stages, started again when one dies, stopped in the opposite order."""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from honcho.manager import SIGNALS, Manager
from honcho.process import Process

from geoplatform.config import Config
from geoplatform.ops.parts import Part, environment
from geoplatform.ops.system import command_of, start_time, stop_process, wait_for_port

#: Seconds before a dead part is started again: longer each time, so that a broken one does not eat the machine.
DELAYS = (0.5, 1, 2, 5, 10)
#: Between tries once a part has died len(DELAYS) times in a row.
LAST_DELAY = 60
#: A part that lived this long is taken to have recovered.
HEALTHY_SECONDS = 60


@dataclass
class _Running:
    """What the supervisor knows of one part."""

    part: Part
    process: Process
    host: multiprocessing.Process | None = None  # honcho's process that reads the part's output
    pid: int | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float | None = None
    last_line: str = ""
    stopped: bool = True
    lost_turns: int = 0


class Supervisor(Manager):
    """honcho's manager, except that a part's death does not end the others'.

    parts: in the order of starting.
    each_turn: called about ten times a second while everything runs; may print and must not block long.
    """

    def __init__(self, config: Config, parts: list[Part], each_turn: Callable[[], None] = lambda: None, printer=None) -> None:
        super().__init__(printer)
        self._config = config
        self._each_turn = each_turn
        self._ending = False
        self._next_look = 0.0
        self._parts: dict[str, _Running] = {}
        for part in parts:
            words = f"exec {shlex.join(part.command)}"  # exec: the recorded process is the part, not a shell around it
            self._parts[part.name] = _Running(part, self.add_process(part.name, words, env=environment(), cwd=str(part.cwd)))

    def loop(self) -> None:
        """Start all parts and keep them running until SIGINT or SIGTERM; returns when all are stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        try:
            for stage in sorted({running.part.stage for running in self._parts.values()}):
                self._start_stage(stage)
            while not self._ending:
                self._turn()
                self._restart_dead()
                self._each_turn()
        finally:
            self._stop_all()
            for running in self._parts.values():
                if running.host is not None and running.host.is_alive():
                    running.host.kill()

    def say(self, text: str) -> None:
        """Print one line in the manager's own name."""
        self._system_print(text.rstrip("\n") + "\n")

    def _end(self, number: int, frame: object) -> None:
        if not self._ending:
            self._ending = True
            self.returncode = 0 if number == signal.SIGTERM else SIGNALS.get(number, {"rc": 129})["rc"]

    def _start_stage(self, stage: int) -> None:
        """Start the parts of `stage` and wait until those of a stage that others lean on listen."""
        members = [running for running in self._parts.values() if running.part.stage == stage]
        for running in members:
            self._start_part(running)
        if stage == max(running.part.stage for running in self._parts.values()):
            return
        for running in members:
            while running.pid is None and not self._ending:
                self._turn()
            if running.part.port is not None and not self._ending:
                wait_for_port(running.part.port, 60, lambda running=running: start_time(running.pid or 0) is not None)

    def _start_part(self, running: _Running) -> None:
        running.stopped, running.again_at, running.pid, running.started = False, None, None, time.monotonic()
        running.host = multiprocessing.Process(name=running.part.name, target=running.process.run, args=(self.events, True))
        running.host.start()

    def _turn(self) -> None:
        """Handle what the parts said since the last turn; waits up to 0.1 s for something."""
        self._end_headless()
        try:
            message = self.events.get(timeout=0.1)
        except queue.Empty:
            self._find_lost()
            return
        running = self._parts[message.name]
        if message.type == "line":
            text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
            if running.part.routine is not None and running.part.routine.search(text):
                return
            running.last_line = text.strip() or running.last_line
            self._printer.write(message)
        elif message.type == "start":
            running.pid = message.data["pid"]
            self._record()
        elif message.type == "stop":
            self._part_ended(running, message.data["returncode"])

    def _end_headless(self) -> None:
        """When a part's main process is gone, end the rest of its session: gunicorn's orphans would hold port and output."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + 0.3
        for running in self._parts.values():
            if running.pid is not None and not running.stopped and start_time(running.pid) is None:
                _signal(running.pid, signal.SIGKILL, group=True)

    def _find_lost(self) -> None:
        """A part whose reader was killed (out of memory, say) sends no message any more: end it and count it as dead."""
        for running in self._parts.values():
            lost = not running.stopped and running.host is not None and not running.host.is_alive()
            running.lost_turns = running.lost_turns + 1 if lost else 0
            if running.lost_turns > 5:  # its last message may still be on the way
                if running.pid is not None:
                    _signal(running.pid, signal.SIGKILL, group=True)
                self._part_ended(running, -signal.SIGKILL)

    def _part_ended(self, running: _Running, status: int) -> None:
        """A part has gone: decide when it comes back, unless everything is being stopped."""
        running.stopped, running.pid = True, None
        if running.host:
            running.host.join(timeout=5)
        self._record()
        if self._ending:
            return
        lived = time.monotonic() - running.started
        running.deaths = 1 if lived > HEALTHY_SECONDS else running.deaths + 1
        said = f"; it said: {running.last_line[:300]}" if running.last_line else ""
        how = f"by signal {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        if running.deaths < len(DELAYS):
            delay = DELAYS[running.deaths - 1]
            self.say(f"{running.part.name} stopped {how} and is started again in {delay:g} s{said}")
        else:
            delay = LAST_DELAY
            self.say(
                f"{running.part.name} keeps dying ({running.deaths} times in a row, {how}); the other parts go on, "
                f"the next try is in {delay} s{said}"
            )
        running.again_at = time.monotonic() + delay

    def _restart_dead(self) -> None:
        for running in self._parts.values():
            if running.again_at is not None and time.monotonic() >= running.again_at:
                self._start_part(running)

    def _stop_all(self) -> None:
        """Stop the stages in the opposite order of starting, each part by its own signal, killing what overstays."""
        self._ending = True
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for stage in sorted({running.part.stage for running in self._parts.values()}, reverse=True):
            members = [running for running in self._parts.values() if running.part.stage == stage and not running.stopped]
            if members:
                self.say(f"stopping {', '.join(running.part.name for running in members)}")
            asked: dict[str, float] = {}
            while not all(running.stopped for running in members):
                for running in members:
                    if running.pid is None or running.stopped:
                        continue
                    if running.part.name not in asked:
                        asked[running.part.name] = time.monotonic()
                        _signal(running.pid, running.part.stop, group=False)
                    elif time.monotonic() - asked[running.part.name] > running.part.patience:
                        self.say(f"{running.part.name} does not stop within {running.part.patience:g} s and is killed")
                        _signal(running.pid, signal.SIGKILL, group=True)
                        asked[running.part.name] = float("inf")
                self._turn()
        self._record()

    def _record(self) -> None:
        """Write down what runs, so that the next start finds what a killed manager left behind."""
        pids = {
            name: {"pid": running.pid, "started": start_time(running.pid)}
            for name, running in self._parts.items()
            if running.pid is not None
        }
        path = record_path(self._config)
        temporary = path.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(pids))
            temporary.replace(path)
        except OSError as error:  # a full disk must not take down what runs
            self.say(f"what runs can't be written down in {path} ({error.strerror})")


def record_path(config: Config) -> Path:
    """Return the file that lists the running parts' process ids and start times."""
    return config.run / "parts.json"


def stop_orphans(config: Config) -> list[str]:
    """Stop what a killed manager left running, workers before the database; return the names of what was stopped.

    A process is taken for ours only when its id and its start time are the recorded ones.
    """
    path = record_path(config)
    if not path.exists():
        return []
    text = path.read_text()
    recorded = json.loads(text) if text.strip() else {}
    stopped = []
    order = {"postgres": 2, "redis": 1}
    for name, process in sorted(recorded.items(), key=lambda item: order.get(item[0], 0)):
        if process["started"] is not None and start_time(process["pid"]) == process["started"]:
            how = signal.SIGINT if name == "postgres" else signal.SIGTERM
            stop_process(process["pid"], process["started"], how, seconds=60 if name == "postgres" else 15)
            _stop_group(process["pid"])
            stopped.append(name)
    path.unlink(missing_ok=True)  # a manager that was ending took it away itself
    return stopped


def _stop_group(leader: int) -> None:
    """Kill what is left of the session that the process `leader` led (honcho gives each part its own)."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if session == leader and command_of(int(entry.name)):
            _signal(int(entry.name), signal.SIGKILL, group=False)


def _signal(pid: int, number: signal.Signals, *, group: bool) -> None:
    try:
        os.killpg(pid, number) if group else os.kill(pid, number)
    except ProcessLookupError:
        return  # it was quicker
