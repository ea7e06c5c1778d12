"""What customers said of our mails, and who asked for the newsletter."""

from datetime import datetime
from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

# Of two contacts that turn out to be one, what was said last holds.
_MAKE_WAY = """
DELETE FROM crm_preference one USING crm_preference other
WHERE one.contact_id = ANY(%(contacts)s) AND other.contact_id = ANY(%(contacts)s) AND one.id <> other.id
    AND (one.changed_at, one.id) < (other.changed_at, other.id)
"""


class MailKind(StrEnum):
    """Kinds of marketing mail, as customers tell them apart. What they asked for by name is of none."""

    CART = "cart"  # reminders of what they left or looked at
    STOCK = "stock"  # what is there or not, or costs less
    PRODUCTS = "products"  # what goes with their orders
    OFFERS = "offers"  # vouchers, and coming back
    NEWSLETTER = "newsletter"


class Preference(models.Model):
    """What one contact chose. Who never did has none: all kinds, as they come.

    ``unwanted`` are kinds (``MailKind``). ``language`` is that of all mails, "" as the shop is used. Wanting no mail
    at all is no preference: that is a suppression and a withdrawn consent.
    """

    contact = models.OneToOneField("saleor_crm.Contact", models.CASCADE, related_name="preference")
    unwanted = ArrayField(models.CharField(max_length=16), default=list)
    weekly = models.BooleanField(default=False)
    language = models.CharField(max_length=35, default="")
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_preference"

    def __str__(self) -> str:
        return f"preference of contact {self.contact_id}"

    @classmethod
    def make_way(cls, drop: int, keep: int, now: datetime) -> None:
        """Before a contact becomes a part of another (``contacts/identity.py``). One statement."""
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_WAY, {"contacts": [drop, keep]})


class NewsletterRequest(models.Model):
    """Somebody typed this address for the newsletter. It counts once its owner confirms it, until ``expires_at``."""

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="newsletter_requests")
    channel = models.CharField(max_length=255)
    language = models.CharField(max_length=35, default="")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_newsletter_request"

    def __str__(self) -> str:
        return f"newsletter request {self.pk}"
