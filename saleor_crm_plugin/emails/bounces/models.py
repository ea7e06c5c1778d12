"""What came back."""

from django.db import models


class Bounce(models.Model):
    """One report that a mail came back, or that its recipient complained.

    ``source`` names the report, so that telling it again changes nothing. The address is kept as its hash. ``message``
    is null where a provider reported an address without naming our mail. ``words`` are the server's, without addresses.
    """

    class Kind(models.TextChoices):
        HARD = "hard"  # there is no such mailbox
        SOFT = "soft"  # not taken for another reason: full, blocked, too slow
        COMPLAINT = "complaint"
        UNSUBSCRIBE = "unsubscribe"  # at the provider

    source = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    message = models.ForeignKey("saleor_crm.Message", models.CASCADE, null=True, related_name="bounces")
    address_hash = models.CharField(max_length=64)
    words = models.CharField(max_length=500, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_bounce"
        indexes = [models.Index(fields=["address_hash", "at"], name="crm_bounce_address")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"


class BounceBox(models.Model):
    """How far a mailbox was read: the last message's UID, which holds while ``validity`` stays (RFC 9051, 2.3.1.1).

    ``refusals``: how often in a row the server did not give out the message after it.
    """

    name = models.CharField(max_length=255, primary_key=True)
    validity = models.CharField(max_length=20)
    uid = models.BigIntegerField()
    refusals = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_bounce_box"

    def __str__(self) -> str:
        return f"{self.name} up to {self.uid}"
