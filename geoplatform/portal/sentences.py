"""Sentences that end in words with a full stop of their own."""

from __future__ import annotations

import re


def one_stop(text: str) -> str:
    """Return the text with one full stop where two meet: «Станом на 1 травня 2019 р..»; three stand for what is left out."""
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)
