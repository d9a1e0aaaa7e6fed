"""A real HTTP server on loopback whose answers each test writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Answer:
    """What the server says: a status, headers, and a body whose Content-Length may lie."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    after: float = 0.0


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Site:
    """The server: `answer` decides each answer, `asked` remembers the requests."""

    url: str
    answer: Callable[[Asked], Answer] = lambda asked: Answer(status=404)
    asked: list[Asked] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    """A running server; set `site.answer`."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            parts = urlsplit(self.path)
            form = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            asked = Asked(
                self.command,
                parts.path,
                _first(parts.query),
                _first(form),
                {name.lower(): value for name, value in self.headers.items()},
            )
            server_site.asked.append(asked)
            answer = server_site.answer(asked)
            stop.wait(answer.after)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = respond

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server_site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server_site
    stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
