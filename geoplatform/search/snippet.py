"""The passage of a text that holds what was looked for, with the places of the words found in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from geoplatform.search import language

#: About so many characters are shown.
LENGTH = 220


@dataclass(frozen=True)
class Snippet:
    """A passage; `marks` are (start, end) of the words found, in order."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def parts(self) -> list[tuple[str, bool]]:
        """Return the passage in pieces, each with whether it was found."""
        pieces, at = [], 0
        for start, end in self.marks:
            pieces += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [piece for piece in (*pieces, (self.text[at:], False)) if piece[0]]


def snippet(text: str, keys: Collection[str], *, begun: str = "") -> Snippet:
    """Return the passage of `text` about the first word that has one of `keys` or begins with `begun`; its start if none has.

    keys: lemmas as `language.keys` gives them.
    """
    wanted = set(keys)
    found = [
        (token.start, token.end)
        for token in language.tokens(text)
        if not wanted.isdisjoint(language.keys(token.word)) or (begun and language.folded(token.word).startswith(begun))
    ]
    start = max(0, (found[0][0] if found else 0) - LENGTH // 3)
    if start:
        space = text.find(" ", start, found[0][0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + LENGTH)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start else end
    before, after = "…" if start else "", "…" if end < len(text) else ""
    moved = len(before) - start
    marks = tuple((a + moved, b + moved) for a, b in found if a >= start and b <= end)
    return Snippet(before + text[start:end] + after, marks)
