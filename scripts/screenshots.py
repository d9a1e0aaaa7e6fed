"""Takes the pictures of the documentation from a running portal: `.venv/bin/python scripts/screenshots.py http://localhost:8000`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--use-gl=swiftshader",
    "--enable-unsafe-swiftshader",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
#: Name of the picture -> address. The documentation shows some of them; only those are kept.
PAGES = {
    "home": "/",
    "map": "/map/",
    "needs": "/map/?layer=health&layer=pharmacies&profile=wheelchair&sort=fit",
    "facilities": "/facilities/",
    "indicators": "/indicators/",
    "compare": "/map/compare/",
}


def main(base: str) -> int:
    """Take each page in both languages, wide and narrow; fails when a page comes without its style sheets."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name, path in PAGES.items():
            for language, prefix in (("uk", ""), ("en", "/en")):
                for viewport in (WIDE, NARROW):
                    page = browser.new_page(viewport=viewport)
                    missing: list[str] = []
                    page.on("response", lambda answer, missing=missing: missing.append(answer.url) if not answer.ok else None)
                    page.goto(f"{base.rstrip('/')}{prefix}{path}", wait_until="networkidle")
                    page.wait_for_timeout(3000)  # symbols of the map fade in
                    if missing:
                        print(f"{page.url}: not answered: {', '.join(missing)}", file=sys.stderr)
                        return 1
                    suffix = "" if language == "uk" else f"-{language}"
                    page.screenshot(path=IMAGES / f"{name}{suffix}-{viewport['width']}.png")
                    page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"))
