"""Short links: a view of the map under a name of ten characters."""

from django.db import models


class ShortLink(models.Model):
    """A view of the map. The name is made from the address, so the same view has one link however often it is shared.

    target: path, query and fragment of a page of the map, never another place. used_on: the day of the last use; the links that
    were not used for longest make room when there are too many.
    """

    code = models.CharField(max_length=16, primary_key=True)
    target = models.TextField(unique=True)
    made_on = models.DateField(auto_now_add=True)
    used_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return self.code
