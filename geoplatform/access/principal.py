"""Who asks: the principal of a request to the serving plane. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoplatform.layers.definition import Level


@dataclass(frozen=True)
class Principal:
    """Somebody who asks for data.

    level: the widest level of data that they may see; their queries run on the pool of this level's database role.
    subject: a stable name of the account or token for logs and limits; None for an anonymous visitor.
    """

    level: Level
    subject: str | None = None

    def __post_init__(self) -> None:
        if self.level is Level.restricted:
            raise ValueError("no principal reads restricted data through the serving plane")

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed in."""
        return self.subject is None


ANONYMOUS = Principal(Level.public)


def principal_of(environ: Mapping[str, Any]) -> Principal:
    """Return the principal of the request with the WSGI `environ`.

    The platform issues no credentials for the serving plane yet, so everybody is anonymous: a header or cookie that claims
    otherwise is not believed.
    """
    return ANONYMOUS
