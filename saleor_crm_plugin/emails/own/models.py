"""Owners' words as they are kept, and where they take the place of ours."""

from django.db import models
from django.db.models import Q


class OwnWords(models.Model):
    """Words, under the key that they have wherever they are used (``words.Words.key``). They never change, so mails
    that are to be sent name them by it."""

    key = models.CharField(max_length=32, primary_key=True)
    subject = models.TextField()
    preview = models.TextField()
    body = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_own_words"

    def __str__(self) -> str:
        return f"words {self.key}"


class OwnTemplate(models.Model):
    """A version of what one mail says in a place: a channel (slug) or all (""), a language or all ("").

    Of a place's versions one is ``current``, or none: then the next wider place speaks, and at last our own template.
    Versions are only added: to restore one makes a new version of the same words. ``restored`` is the version whose
    words these were. ``saved_by`` is ``user:1`` one of the staff, ``app:2`` an app, "" the command line.
    """

    template = models.CharField(max_length=60)
    channel = models.CharField(max_length=255, default="", blank=True)
    language = models.CharField(max_length=35, default="", blank=True)
    version = models.PositiveIntegerField()
    words = models.ForeignKey(OwnWords, models.PROTECT, related_name="+")
    current = models.BooleanField(default=True)
    restored = models.PositiveIntegerField(null=True)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=60, default="", blank=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_own_template"
        constraints = [
            models.UniqueConstraint(
                fields=["template", "channel", "language", "version"], name="crm_own_template_version"
            ),
            models.UniqueConstraint(
                fields=["template", "channel", "language"], name="crm_own_template_current", condition=Q(current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} in {self.channel or 'all'}/{self.language or 'all'}, version {self.version}"
