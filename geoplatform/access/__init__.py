"""Who may see what. Every request is answered on the database role of its principal's level."""

from geoplatform.access.principal import ANONYMOUS, Principal, principal_of

__all__ = ["ANONYMOUS", "Principal", "principal_of"]
