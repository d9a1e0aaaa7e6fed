"""Who asks: an anonymous visitor, an account or a token, with the level and the groups that decide what they see. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from geoplatform.layers.definition import Level


@dataclass(frozen=True)
class Principal:
    """Somebody who asks for data.

    level: the widest level of data that they may see; their queries run on the pool of this level's database role.
    account: the control plane's user id, None for an anonymous visitor.
    groups: ids of the groups that the account belongs to.
    token: the id of the token that was shown, if one was; layers: the only layers that it opens, None for no limit.
    """

    level: Level
    account: int | None = None
    groups: frozenset[int] = frozenset()
    token: str | None = None
    layers: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.level is Level.restricted:
            raise ValueError("no principal reads restricted data through the serving plane")
        if self.account is None and self.level is not Level.public:
            raise ValueError("an anonymous visitor sees what is public")

    @property
    def anonymous(self) -> bool:
        """Whether nobody signed in."""
        return self.account is None

    @cached_property
    def names(self) -> frozenset[str]:
        """The ways in which a permission may name this principal (`who` of access.permission)."""
        if self.account is None:
            return frozenset({"anyone"})
        return frozenset({"anyone", "registered", f"account:{self.account}", *(f"group:{group}" for group in self.groups)})


ANONYMOUS = Principal(Level.public)
