"""The demo shop's own tables of vouchers."""

from typing import ClassVar

from django.db import models


class Voucher(models.Model):
    """Something off the goods of an order, as its listings say, for each of its codes once. ``key`` is the plugin's."""

    key = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    percent = models.BooleanField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_voucher"

    def __str__(self) -> str:
        return self.name


class VoucherListing(models.Model):
    """What a voucher takes off in a channel: percent or an amount, from a sum of goods on."""

    voucher = models.ForeignKey(Voucher, models.CASCADE, related_name="listings")
    channel = models.ForeignKey("crm_sandbox.Channel", models.CASCADE)
    value = models.DecimalField(max_digits=10, decimal_places=2)
    minimum = models.DecimalField(max_digits=10, decimal_places=2, null=True)

    class Meta:
        db_table = "sandbox_voucherlisting"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "channel"], name="sandbox_voucherlisting_channel")
        ]

    def __str__(self) -> str:
        return f"{self.value} in {self.channel_id}"


class VoucherCode(models.Model):
    """A code of a voucher. An order that it is used for makes it inactive."""

    voucher = models.ForeignKey(Voucher, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=255, unique=True)
    active = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "sandbox_vouchercode"

    def __str__(self) -> str:
        return f"code {self.pk}"
