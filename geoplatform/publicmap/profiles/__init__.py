"""What a place is to people with different needs: shortcomings, strengths, what is not known, and how well it fits."""

from geoplatform.publicmap.profiles.fit import Fit, Sentence, card_context, of_places, of_query, query_string
from geoplatform.publicmap.profiles.rules import available, find

__all__ = ["Fit", "Sentence", "available", "card_context", "find", "of_places", "of_query", "query_string"]
