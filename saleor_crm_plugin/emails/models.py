"""What we say: one row per mail, from the decision to the mail server's answer."""

import uuid

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """One mail to one person. ``flow``, ``subject_id`` and ``step`` can exist only once, so doing twice is impossible.

    ``content`` is what will be said (``render.render``), frozen by the decision. ``bulk``: many get such mails at once
    and nobody waits for one, so that others leave first (``outbox.RESERVE``). States: *queued*, then
    *sending* from just before the mail server is told of it, then *sent*, or *failed* when the server
    refused it for good, or *held*: when nobody knows whether the server took it, or when it could not be made, and
    did not leave for sure (``unmade``). Only a person lets it go again.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        HELD = "held"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    flow = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    step = models.PositiveSmallIntegerField()
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="messages")
    recipient = models.CharField(max_length=254)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=35)
    channel = models.CharField(max_length=255)
    content = models.JSONField()
    bulk = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reserved_by = models.UUIDField(null=True)
    reserved_until = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_message"
        constraints = [models.UniqueConstraint(fields=["flow", "subject_id", "step"], name="crm_message_once")]
        indexes = [
            models.Index(fields=["bulk", "next_attempt_at"], name="crm_message_next", condition=Q(state="queued")),
            models.Index(fields=["sending_at"], name="crm_message_sending", condition=Q(state="sending")),
            # How many left within a newsletter's window.
            models.Index(fields=["sending_at"], name="crm_message_window", condition=Q(bulk=True)),
            models.Index(fields=["contact", "created_at"], name="crm_message_caps"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} ({self.state})"

    @property
    def unmade(self) -> bool:
        """Whether it is held although no server has ever heard of it: what is wrong is its template, or a setting."""
        return self.state == self.State.HELD and self.sending_at is None


class MailServer(models.Model):
    """What all workers know of the mail server together (``server.py``).

    ``key`` says how it is reached: whoever changes that begins anew. ``failures`` in a row, ``rests_until`` when it is
    tried again, ``next_at`` when the next mail may leave, where the owner limits how many do.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    error = models.TextField(default="")
    next_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_mail_server"

    def __str__(self) -> str:
        return f"mail server ({self.failures} failures)"
