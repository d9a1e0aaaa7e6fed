"""A visitor that follows every link of the site, as far as its own host reaches."""

from __future__ import annotations

import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

#: Addresses that end the visit, belong to another server behind nginx, or are files of the build.
LEFT_OUT = re.compile(r"^/(static/|ogcapi/|account/logout|admin/logout|uk/admin/logout|en/admin/logout|tiles/|wms|wmts)")
#: Pages that differ only in a number are one kind; so many of a kind are visited.
OF_A_KIND = 2
#: A site with more pages than this, of so many kinds, has links that lead on and on.
MOST_PAGES = 1000


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "href" or (name == "src" and tag in ("img", "iframe"))):
                self.found.append(value)


def links_of(html: str, base: str) -> list[str]:
    """Return the paths (with query) on our own host that a page links to."""
    parser = _Links()
    parser.feed(html)
    paths = []
    for link in parser.found:
        target = urlsplit(urljoin(base, link))
        if target.scheme in ("http", "https") and target.hostname in ("testserver", "localhost", "127.0.0.1"):
            paths.append(target.path + (f"?{target.query}" if target.query else ""))
    return paths


def kind_of(path: str) -> str:
    """Return what pages of one kind share: the path with its numbers taken out, and the names of query values.

    Django's admin links to each combination of its filters, in both languages; all of them are one kind.
    """
    bare, _, query = path.partition("?")
    if "/admin/" in bare:
        bare, query = bare.removeprefix("/en"), ""
    names = "&".join(sorted({part.partition("=")[0] for part in query.split("&")})) if query else ""
    return re.sub(r"\d+", "0", bare) + "?" + names


def crawl(client, starts: list[str]) -> dict[str, int]:
    """Visit `starts` and all that they link to, breadth first; return path -> status of every page visited.

    Prints how many were visited and how many left out as more of their kind. Raises AssertionError, with what is left, when
    there is no end after MOST_PAGES.
    """
    queue, seen, kinds, found = deque(starts), set(starts), {}, {}
    while queue:
        path = queue.popleft()
        if LEFT_OUT.match(path):
            continue
        kind = kind_of(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > OF_A_KIND:
            continue
        left = [path, *queue]
        assert len(found) < MOST_PAGES, f"{len(left)} links are left after {MOST_PAGES} pages: {left[:20]}"
        answer = client.get(path)
        found[path] = answer.status_code
        if answer.status_code in (301, 302, 303, 307, 308):
            following = links_of(f'<a href="{answer.headers["Location"]}">', f"http://testserver{path}")
        elif answer.streaming or "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        else:
            following = links_of(answer.content.decode(errors="replace"), f"http://testserver{path}")
        for link in following:
            if link not in seen:
                seen.add(link)
                queue.append(link)
    more = sum(number - OF_A_KIND for number in kinds.values() if number > OF_A_KIND)
    print(f"{len(found)} pages of {len(kinds)} kinds, {more} links to more of the same kinds")
    return found
