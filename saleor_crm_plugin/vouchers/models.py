"""Vouchers that were issued in the shop, codes that were granted, and how much of each tier's budget is used."""

from django.db import models
from django.db.models import Q


class IssuedVoucher(models.Model):
    """A voucher of the shop's that we had made: one for each tier, set of channels, and day on which it ends.

    ``key`` is made of all that it is good for (``issue.py``), so that changed settings issue another one.
    """

    key = models.CharField(max_length=120, primary_key=True)
    voucher_id = models.CharField(max_length=36)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_voucher"

    def __str__(self) -> str:
        return f"voucher {self.voucher_id}"


class Grant(models.Model):
    """A code that was granted to a contact.

    ``key`` says what for, and is unique: whoever asks again gets the same code. ``value`` is what it counts for in the
    tier's budget, in ``currency``; ``percent`` and ``minimum`` are the rest of the terms on which it was granted (an
    amount off where there is no ``percent``). It is *granted* until an order used it (*redeemed*), it was *given back*
    unused (its mail was not sent), *expired* unused, or was *deactivated* by the shop's staff or with its order; only
    the first two count for the budget. ``redeemed_by`` is whose order it was, null where nobody is known. ``look_at``
    is when the sweep next looks at it. After an erasure it is nobody's.
    """

    class State(models.TextChoices):
        GRANTED = "granted"
        REDEEMED = "redeemed"
        GIVEN_BACK = "given_back"
        EXPIRED = "expired"
        DEACTIVATED = "deactivated"

    key = models.CharField(max_length=120, unique=True)
    tier = models.CharField(max_length=32)
    contact = models.ForeignKey("saleor_crm.Contact", models.SET_NULL, null=True, related_name="grants")
    code = models.CharField(max_length=32, unique=True)
    voucher_id = models.CharField(max_length=36)
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    value = models.DecimalField(max_digits=20, decimal_places=3)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    minimum = models.DecimalField(max_digits=20, decimal_places=3, null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.GRANTED)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    look_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    redeemed_order_id = models.CharField(max_length=36, null=True)
    redeemed_by = models.ForeignKey(
        "saleor_crm.Contact", models.SET_NULL, null=True, related_name="used_grants", db_index=False
    )
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_voucher_grant"
        indexes = [
            models.Index(fields=["look_at"], name="crm_voucher_grant_due", condition=Q(state="granted")),
            models.Index(
                fields=["redeemed_order_id"],
                name="crm_voucher_grant_order",
                condition=Q(redeemed_order_id__isnull=False),
            ),
            models.Index(fields=["redeemed_by"], name="crm_voucher_grant_user", condition=Q(redeemed_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.tier} for contact {self.contact_id}"

    @property
    def shared(self) -> bool:
        """Whether somebody else used it than the one whom it was granted to."""
        return None not in (self.contact_id, self.redeemed_by_id) and self.contact_id != self.redeemed_by_id


class TierUse(models.Model):
    """How much of a tier is in use: codes that were redeemed or can still be, and what they count for by currency.

    The row without a currency counts the codes of all currencies. Whoever changes any of them holds that one first
    (``budget.py``).
    """

    tier = models.CharField(max_length=32)
    currency = models.CharField(max_length=3)
    codes = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=20, decimal_places=3, default=0)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_voucher_use"
        constraints = [models.UniqueConstraint(fields=["tier", "currency"], name="crm_voucher_use_once")]

    def __str__(self) -> str:
        return f"{self.codes} codes of {self.tier}"
