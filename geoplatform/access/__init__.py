"""Who may see what. Every request is answered on the database role of its principal's level."""

from geoplatform.access.gate import Unauthorized, principal_of
from geoplatform.access.principal import ANONYMOUS, Principal

__all__ = ["ANONYMOUS", "Principal", "Unauthorized", "principal_of"]
