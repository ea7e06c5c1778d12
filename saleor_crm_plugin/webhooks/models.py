"""How news arrives: what has to be looked at, and how far the sweep has come."""

from django.db import models
from django.db.models import Q


class InboxItem(models.Model):
    """One object of the shop that has to be looked at: many hints are one row.

    ``version`` counts the hints, so that one which arrives during the work is not lost. A claimed row is
    not locked: its ``due_at`` is moved ahead, and it comes back by itself if the worker dies. ``parked_at``
    is set when all attempts failed; a new hint starts afresh.
    """

    class Kind(models.TextChoices):
        CART = "cart"
        ORDER = "order"
        CUSTOMER = "customer"
        STOCK = "stock"  # of a variant: how many are left, or what it costs

    kind = models.CharField(max_length=16, choices=Kind.choices)
    object_id = models.CharField(max_length=64)
    version = models.PositiveBigIntegerField(default=1)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")
    parked_at = models.DateTimeField(null=True)
    first_hint_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_inbox"
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="crm_inbox_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="crm_inbox_due", condition=Q(parked_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class SweepCursor(models.Model):
    """How far a sweep has come: everything up to (changed_at, object_id) was looked at."""

    name = models.CharField(max_length=16, primary_key=True)
    changed_at = models.DateTimeField()
    object_id = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_sweep_cursor"

    def __str__(self) -> str:
        return f"{self.name} up to {self.changed_at}"
