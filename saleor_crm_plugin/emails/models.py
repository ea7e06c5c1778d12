"""What we say: one row per mail, from the decision to the mail server's answer."""

import uuid

from django.db import models
from django.db.models import Q


class Message(models.Model):
    """One mail to one person. ``flow``, ``subject_id`` and ``step`` can exist only once, so doing twice is impossible.

    ``content`` is what will be said (``render.render``), frozen by the decision. States: *queued*, then
    *sending* from just before the mail server is told of it, then *sent*, or *failed* when the server
    refused it for good, or *held* when nobody knows whether the server took it: only a person lets it go again.
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
            models.Index(fields=["next_attempt_at"], name="crm_message_due", condition=Q(state="queued")),
            models.Index(fields=["sending_at"], name="crm_message_sending", condition=Q(state="sending")),
            models.Index(fields=["contact", "created_at"], name="crm_message_caps"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} ({self.state})"
