"""The loyalty ledger: lots of points, and every movement of them. Movements are only ever appended."""

from django.db import models
from django.db.models import Q


class Lot(models.Model):
    """Points that came together and expire together: of one order, or granted by staff.

    What a lot has become by its entries, all of which ``rebuild.py`` can compute again. ``points`` is what is left of
    it, the sum of its entries. Negative where points were taken back that had been spent: the next ones make up for it.
    ``worth`` is what its order earns now, the accruals less the reversals (0 for points of staff): tiers count it.
    They are pending until ``earned_at``. ``due_at`` is when time next moves the lot: pending points become earned then
    (null while the order is not delivered), earned ones expire (null: never). ``moves`` counts its entries.

    ``rate`` is fixed when an order first earns points: points per unit of money, with the multiplier of the tier that
    the customer had then.
    """

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="lots")
    source = models.CharField(max_length=100, unique=True)  # "order:<id>", "adjustment:<source of its entry>"
    rate = models.DecimalField(max_digits=24, decimal_places=12, default=0)
    worth = models.IntegerField(default=0)
    points = models.IntegerField(default=0)
    earned_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    moves = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_loyalty_lot"
        indexes = [
            models.Index(fields=["due_at"], name="crm_loyalty_lot_due", condition=Q(points__gt=0)),
            models.Index(fields=["contact"], name="crm_loyalty_lot_owes", condition=Q(points__lt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.points} points of {self.source}"


class Entry(models.Model):
    """One movement of a lot. Lot, ``kind`` and ``source`` are unique: the same movement is never made twice.

    ``points`` is signed. ``due_at`` is what the lot's became, or stayed, by it. ``source`` is the name that the caller
    gave (redemptions, adjustments), else the number of the lot's moves: whoever decided without knowing of another's
    move can't write.
    """

    class Kind(models.TextChoices):
        ACCRUE = "accrue"  # an order was paid, or is worth more again
        REVERSE = "reverse"  # refunded, cancelled, unpaid, edited
        SCHEDULE = "schedule"  # it is known now (or not any more) when the points become earned
        CONFIRM = "confirm"  # the return window is over: pending became earned
        EXPIRE = "expire"  # positive: expired points count as taken back with their order
        REDEEM = "redeem"
        RESTORE = "restore"  # a redemption was taken back
        SETTLE = "settle"  # points of one lot paid what another one owed
        ADJUST = "adjust"  # by staff

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    points = models.IntegerField()
    source = models.CharField(max_length=80)
    due_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="")  # the reason that staff gave
    staff_id = models.CharField(max_length=36, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_loyalty_entry"
        # The source comes first, so that a redemption is found by its name.
        constraints = [models.UniqueConstraint(fields=["source", "kind", "lot"], name="crm_loyalty_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.points:+}"
