"""The loyalty ledger: lots of points, and every movement of them. Movements are only ever appended."""

from django.db import models
from django.db.models import Q


class Lot(models.Model):
    """Points that came together and expire together: of one order, or granted by staff.

    ``points`` is what is left of it, the sum of its entries. Negative where points were taken back that had been spent:
    the next ones make up for it. ``earned`` is false while they are pending. ``due_at`` is when time next moves the
    lot: pending ones become earned then (null while the order is not delivered), earned ones expire (null: never).
    """

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="lots")
    source = models.CharField(max_length=64, unique=True)  # "order:<id>", "adjustment:<id>"
    granted = models.PositiveIntegerField()  # points of the whole order, before anything went back
    points = models.IntegerField()
    earned = models.BooleanField()
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_loyalty_lot"
        indexes = [models.Index(fields=["due_at"], name="crm_loyalty_lot_due", condition=~Q(points=0))]

    def __str__(self) -> str:
        return f"{self.points} points of {self.source}"


class Entry(models.Model):
    """One movement of a lot. ``source`` with ``kind`` and lot is unique: the same movement is never made twice.

    ``points`` is signed; ``confirm`` moves none but makes the lot's points usable. ``due_at`` repeats what the lot's
    became by it, so that lots can be rebuilt.
    """

    class Kind(models.TextChoices):
        ACCRUE = "accrue"  # an order was paid
        CONFIRM = "confirm"  # its return window is over: pending became earned
        UNCONFIRM = "unconfirm"  # what was delivered is not any more: earned became pending
        SCHEDULE = "schedule"  # it is known now when the lot becomes earned
        REVERSE = "reverse"  # refunded, cancelled, edited
        EXPIRE = "expire"
        REDEEM = "redeem"
        RESTORE = "restore"  # a redemption was taken back
        SETTLE = "settle"  # points of one lot paid what another one owed
        ADJUST = "adjust"  # by staff

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    points = models.IntegerField()
    source = models.CharField(max_length=80)
    due_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="")  # the reason that staff gave
    staff_id = models.CharField(max_length=36, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_loyalty_entry"
        constraints = [models.UniqueConstraint(fields=["lot", "kind", "source"], name="crm_loyalty_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.points:+}"
