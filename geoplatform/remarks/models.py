"""Remarks: what somebody says is wrong or missing at a place, and the staff's decision."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import pgettext_lazy

#: Letters and digits that nobody mistakes for one another, read aloud or written by hand.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
MAX_TEXT = 1000


def new_reference() -> str:
    """Return a reference that nobody can guess (about 50 bits): who knows it may see what became of the remark."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


class Kind(models.TextChoices):
    wrong = "wrong", pgettext_lazy("remark", "Something written here is wrong")
    closed = "closed", pgettext_lazy("remark", "The place is closed or has moved")
    barrier = "barrier", pgettext_lazy("remark", "Something is in the way: steps, a broken lift, a locked door")
    missing = "missing", pgettext_lazy("remark", "Something that is there is not written: a ramp, a call button")
    other = "other", pgettext_lazy("remark", "Something else")


class State(models.TextChoices):
    new = "new", pgettext_lazy("remark", "waits for staff")
    accepted = "accepted", pgettext_lazy("remark", "accepted")
    rejected = "rejected", pgettext_lazy("remark", "not accepted")
    merged = "merged", pgettext_lazy("remark", "joined with an earlier remark")


class Remark(models.Model):
    """One remark. No account, address or contact of who wrote it is kept.

    reference: the public number. layer, feature: the place; place: what it was called then. staff: whether staff wrote it.
    kind, state: values of Kind and State; their titles follow the reader's language, so that migrations know nothing of them.
    note: for staff alone; answer: shown to who knows the reference. merged_into: the remark that tells the same.
    """

    reference = models.CharField(max_length=16, unique=True, default=new_reference)
    layer = models.CharField(max_length=64)
    feature = models.CharField(max_length=500)
    place = models.CharField(max_length=500)
    kind = models.CharField(max_length=16)
    text = models.CharField(max_length=MAX_TEXT)
    staff = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=16, default="new")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    note = models.CharField(max_length=MAX_TEXT, blank=True)
    answer = models.CharField(max_length=MAX_TEXT, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")

    class Meta:
        indexes = [
            models.Index(fields=["state", "made_at"], name="remarks_queue"),
            models.Index(fields=["layer", "feature"], name="remarks_place"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def shown_reference(self) -> str:
        """The reference in two halves, easier to read and to dictate."""
        return f"{self.reference[:5]}-{self.reference[5:]}"

    @property
    def kind_title(self) -> str:
        """What it is about, in the reader's language."""
        return str(Kind(self.kind).label)

    @property
    def state_title(self) -> str:
        """What became of it, in the reader's language."""
        return str(State(self.state).label)
