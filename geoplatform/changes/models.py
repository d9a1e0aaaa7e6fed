"""Those who follow by e-mail, and the letters that are still to be sent to them."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy


def new_reference() -> str:
    """Return a name that nobody can guess (120 bits)."""
    return secrets.token_urlsafe(15)


class Frequency(models.TextChoices):
    soon = "soon", pgettext_lazy("how often", "Soon after each change, at most every quarter of an hour")
    daily = "daily", pgettext_lazy("how often", "Once a day, in the morning")
    weekly = "weekly", pgettext_lazy("how often", "Once a week, on Monday morning")


class Follower(models.Model):
    """Somebody who follows something. The address and what is followed are encrypted (`changes.sealing`).

    reference: names the follower in links, each of which also carries a code that only this installation can make.
    sealed: address, language and query. same: a keyed hash of address and query, so that nobody follows one thing twice.
    recipient: a keyed hash of the address alone, for limits. confirmed_at: None until the link in the first letter was followed.
    told: by layer the version and its moment (ISO 8601) up to which changes were told; due_at: when to look for more.
    """

    reference = models.CharField(max_length=24, unique=True, default=new_reference)
    sealed = models.BinaryField()
    same = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=64, db_index=True)
    frequency = models.CharField(max_length=8)
    made_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    told = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    letters = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(confirmed_at__isnull=False), name="changes_due")]

    def __str__(self) -> str:
        return self.reference


class Letter(models.Model):
    """A letter to be sent. It is made in one transaction with moving on what its follower was told, and removed when it is sent.

    number: counts the follower's letters, so that one stretch of changes is in one letter only. windows: by layer the moments
    (ISO 8601) between which changes are told; none for the letter that asks for confirmation.
    claimed_at: when a worker began to send it; another one takes it over when that was long ago.
    """

    follower = models.ForeignKey(Follower, on_delete=models.CASCADE, related_name="waiting")
    number = models.PositiveIntegerField()
    windows = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["follower", "number"], name="changes_letter_once")]
        indexes = [models.Index(F("claimed_at").asc(nulls_first=True), "id", name="changes_unclaimed")]

    def __str__(self) -> str:
        return f"{self.follower_id}/{self.number}"
