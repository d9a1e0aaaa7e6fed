"""What a foreign map server may answer: so many bytes, within so much time, a picture of so many pixels. Else it is no answer."""

from __future__ import annotations

import http.client
import time
from io import BytesIO
from typing import Any

from mapproxy.client.http import HTTPClient, HTTPClientError
from PIL import Image

#: Bytes of one answer; 4 x 4 tiles as PNG are below one million.
MAX_BYTES = 16 * 2**20
#: Pixels of one picture; four bytes of memory each.
MAX_PIXELS = 4096 * 4096
#: Seconds for a whole answer without a limit of its own, and how many times `client_timeout`, which counts from byte to byte.
_PATIENCE, _TIMES = 60.0, 2.0
_BLOCK = 64 * 1024


class Answer(BytesIO):
    """An answer that was read whole, as MapProxy expects one."""

    def __init__(self, content: bytes, answer: Any) -> None:
        super().__init__(content)
        self.headers, self.code = answer.headers, getattr(answer, "code", 200)

    def info(self) -> Any:
        """Return the headers, as urllib's answers do."""
        return self.headers


def install() -> None:
    """Bound every request of MapProxy in this process."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses more than twice as many
    stock = HTTPClient.open
    if getattr(stock, "bounded", False):
        return

    def bounded(self: HTTPClient, *args: Any, **options: Any) -> Answer:
        patience = _TIMES * self._timeout if self._timeout else _PATIENCE
        until = time.monotonic() + patience
        with stock(self, *args, **options) as answer:
            return Answer(_read(answer, until), answer)

    bounded.bounded = True
    HTTPClient.open = bounded


def _read(answer: Any, until: float) -> bytes:
    """Return the whole body; raises HTTPClientError when it is too large, breaks off, or goes on after `until` (monotonic)."""
    content = bytearray()
    try:
        while block := answer.read1(_BLOCK):
            content += block
            if len(content) > MAX_BYTES:
                raise HTTPClientError(f"the answer is larger than {MAX_BYTES} bytes")
            if time.monotonic() > until:
                raise HTTPClientError("the answer does not come to an end")
    except (OSError, http.client.HTTPException) as error:
        raise HTTPClientError(f"the answer breaks off: {error!r}") from error
    return bytes(content)
