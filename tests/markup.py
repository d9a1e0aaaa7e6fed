"""Pages as the server writes them, looked at by html-validate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from geoplatform.config import PROJECT

CLIENT = PROJECT / "geoplatform" / "publicmap" / "client"
#: Rules on style are off, and the one that asks for hashes: every script and style sheet comes from this very server.
RULES = Path(__file__).parent / "browser" / "htmlvalidate.json"


def faults(folder: Path) -> list[str]:
    """Return what html-validate says against the pages in `folder`, as `page:line: rule: message`."""
    program = CLIENT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    node = Path(sys.executable).parent / "node"
    report = folder / "report.json"  # a file: the program ends before a pipe has taken all it says
    done = subprocess.run(
        [str(node), str(program), "--config", str(RULES), "--formatter", f"json={report}", "--ext", "html", str(folder)],
        capture_output=True, text=True, check=False, cwd=CLIENT,
    )  # fmt: skip
    assert report.exists(), done.stderr
    return [
        f"{Path(page['filePath']).stem}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]


def keep(folder: Path, name: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Write a page that was answered to a file that is named after `name`, an address or a state; it must be a page."""
    kind = {title.lower(): value for title, value in headers.items()}.get("content-type", "")
    assert status not in range(300, 400) and status < 500 and kind.startswith("text/html"), (name, status, kind)
    bare = "".join(c if c.isalnum() else "_" for c in name) or "home"
    path = folder / f"{bare}.html"
    assert not path.exists(), f"two pages are called {bare}"
    path.write_bytes(body)


def within(page: bytes, place: str, fragment: bytes) -> bytes:
    """Return `page` with `fragment` in its empty element with the id `place`, as scripts put it there."""
    before, mark, after = page.partition(f'id="{place}"'.encode())
    opening, end, rest = after.partition(b">")
    assert mark and rest.startswith(b"</"), f"the page has no empty element {place}"
    return before + mark + opening.replace(b" hidden", b"") + end + fragment + rest
