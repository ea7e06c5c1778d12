"""What came of mails: clicks and opens."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class Response(models.Model):
    """One request for a link, or for the pixel, of a mail.

    ``by`` says whether a person or a machine did it (``judge.py``); "" until that is looked at. ``link`` is the path
    that a click led to. No address and no agent of whoever asked is kept.
    """

    class Kind(models.TextChoices):
        CLICK = "click"
        OPEN = "open"

    class By(models.TextChoices):
        UNKNOWN = ""
        PERSON = "person"
        MACHINE = "machine"

    message = models.ForeignKey("saleor_crm.Message", models.CASCADE, related_name="responses")
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="mail_responses", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    link = models.CharField(max_length=200, default="")
    by = models.CharField(max_length=7, choices=By.choices, default=By.UNKNOWN)
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_mail_response"
        indexes = [
            models.Index(fields=["contact", "at"], name="crm_mail_response_contact"),
            models.Index(fields=["at"], name="crm_mail_response_new", condition=Q(by="")),
            BrinIndex(fields=["at"], name="crm_mail_response_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"
