"""What can't be answered: problems that become a JSON (RFC 9457) or HTML answer with a 4xx or 503 status."""

from __future__ import annotations

from http import HTTPStatus


class Problem(Exception):
    """A request that can't be answered.

    status: the HTTP status; detail: one line for a person, says which parameter is wrong and what is accepted;
    headers: further response headers.
    """

    def __init__(self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def document(self) -> dict[str, object]:
        """Return the problem as JSON; `code` and `description` are OGC API Common's names for the same."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.status.phrase.replace(" ", ""),
            "description": self.detail,
        }


def bad_request(detail: str) -> Problem:
    """Return the problem of a parameter that has no sense."""
    return Problem(HTTPStatus.BAD_REQUEST, detail)


def not_found(detail: str) -> Problem:
    """Return the problem of an address with nothing behind it."""
    return Problem(HTTPStatus.NOT_FOUND, detail)


def shortened(value: str, length: int = 60) -> str:
    """Return `value` fit for a message: quoted, on one line, not longer than `length`."""
    text = value if len(value) <= length else value[: length - 1] + "…"
    return repr(text)
