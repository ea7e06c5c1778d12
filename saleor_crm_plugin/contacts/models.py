"""Who: people, what they agreed to, and who must not be written to."""

import secrets
import uuid

from django.db import models


class Contact(models.Model):
    """One person, known by an email address, a customer account, or both.

    ``email`` is normalised (``address.normalise``). ``key`` never changes and survives a merge with a
    younger contact, so that the holdout group stays the same. ``consented`` repeats the newest consent
    record, for the set-based questions.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    email = models.CharField(max_length=254, null=True, unique=True)
    user_id = models.CharField(max_length=36, null=True, unique=True)
    language = models.CharField(max_length=35, default="")
    country = models.CharField(max_length=2, default="")
    consented = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_contact"

    def __str__(self) -> str:
        return f"contact {self.pk}"


class ComputedOfContact(models.Model):
    """What is computed of a contact's facts. A merge drops the younger's: its facts are the older's now, who is noted
    as changed (``contacts/changes.py``) and computed anew.

    Declared in the order in which a run writes (``contacts/computed.py``). Without a constraint on the contact: a run
    looks itself that nobody is gone (``segments/gone.py``).
    """

    class Meta:
        abstract = True


class Visitor(models.Model):
    """A storefront's anonymous visitor id that turned out to be a contact."""

    visitor_id = models.CharField(max_length=64, primary_key=True)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="visitors")
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_visitor"

    def __str__(self) -> str:
        return f"visitor of contact {self.contact_id}"


class ContactChange(models.Model):
    """A note that facts about a contact changed, for whatever is computed from them. Repeats do no harm.

    Only ever appended and taken away (``contacts/changes.py``): no unique key, so that writers never wait for each
    other, and no foreign key, so that noting locks nobody's contact.
    """

    contact_id = models.BigIntegerField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_contact_change"

    def __str__(self) -> str:
        return f"contact {self.contact_id} changed"


class ConsentRecord(models.Model):
    """One statement about marketing mail, kept as evidence: who said what, where, to which wording, when.

    The newest one of a contact holds. Append-only, but of one checkout or account only so many are kept
    (``contacts/consent.py``).
    """

    class Source(models.TextChoices):
        CHECKOUT = "checkout"
        ACCOUNT = "account"
        IMPORT = "import"
        UNSUBSCRIBE = "unsubscribe"
        PREFERENCES = "preferences"
        NEWSLETTER = "newsletter"

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consent_records")
    granted = models.BooleanField()
    source = models.CharField(max_length=16, choices=Source.choices)
    reference = models.CharField(max_length=64, default="")
    wording = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_consent_record"
        indexes = [models.Index(fields=["contact", "-at", "-id"], name="crm_consent_newest")]

    def __str__(self) -> str:
        return f"{'consent' if self.granted else 'refusal'} of contact {self.contact_id}"


class Suppression(models.Model):
    """An address that gets no marketing mail, whatever else is true. Kept as a hash, so that it outlives an erasure.

    ``bounced_at`` is when the mailbox was found to be missing, where ``reason`` says something else: what the person
    says changes nothing of that.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed"
        HARD_BOUNCE = "hard_bounce"
        COMPLAINT = "complaint"
        ERASED = "erased"
        MANUAL = "manual"

    address_hash = models.CharField(max_length=64, primary_key=True)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    at = models.DateTimeField()
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_suppression"

    def __str__(self) -> str:
        return f"suppressed: {self.reason}"


def _new_pepper() -> str:
    return secrets.token_hex(32)


class Pepper(models.Model):
    """This installation's secret for hashing addresses, in one row.

    It is stored and not derived from SECRET_KEY: suppressions have to outlive a change of that key.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    value = models.CharField(max_length=64, default=_new_pepper)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_pepper"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="crm_pepper_is_one")]

    def __str__(self) -> str:
        return "pepper"
