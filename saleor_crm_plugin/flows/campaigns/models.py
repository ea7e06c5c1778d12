"""Newsletters and what they say. Their recipients are runs of the newsletter flow (``flows.models.Enrolment``)."""

from django.db import models


class Campaign(models.Model):
    """A newsletter: to whom, in which channels (slugs), when and how fast.

    ``audience`` is what ``audience.conditions`` reads. ``language`` is the one whose words get those for whom there are
    none in their own. ``holdout_percent`` of the recipients get nothing, so that the others can be compared with them.
    At most ``rate`` mails a second leave (null: as fast as the mail server takes them), and at most ``window_mails``
    in any ``window_minutes``.

    ``started_at`` is when its recipients were written down: nobody is added later. ``going_since`` is when it was last
    started or resumed. ``problem`` is why it was paused without anybody's doing. ``next_slot_at`` is the moment that
    the rate leaves to the next mail. ``excluded`` counts, by reason, those of the audience who were no recipients.

    A test gives ``test_percent`` of the recipients version a or b, and waits up to ``test_minutes`` for one of them to
    be clearly better (``verdict.py``); all others get the winner. ``winner`` is "" before that is known, and "both"
    where neither was better and the others get either by lot. ``test_figures`` are [people, successes] of both versions
    at that moment.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        SENDING = "sending"
        PAUSED = "paused"
        SENT = "sent"
        CANCELLED = "cancelled"

    class TestBy(models.TextChoices):
        CLICKS = "clicks"
        ORDERS = "orders"

    class Unclear(models.TextChoices):
        BOTH = "both"  # the others get either
        ASK = "ask"  # they wait for staff to choose

    class Winner(models.TextChoices):
        NONE = "", "not known"
        A = "a"
        B = "b"
        BOTH = "both"

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    problem = models.TextField(default="")
    channels = models.JSONField()
    audience = models.JSONField(default=dict)
    language = models.CharField(max_length=35)
    holdout_percent = models.PositiveSmallIntegerField()
    rate = models.PositiveIntegerField(null=True)
    window_mails = models.PositiveIntegerField(null=True)
    window_minutes = models.PositiveIntegerField(null=True)
    test_percent = models.PositiveSmallIntegerField(default=0)
    test_by = models.CharField(max_length=6, choices=TestBy.choices, default=TestBy.CLICKS)
    test_minutes = models.PositiveIntegerField(default=240)
    unclear = models.CharField(max_length=4, choices=Unclear.choices, default=Unclear.BOTH)
    winner = models.CharField(max_length=4, choices=Winner.choices, default=Winner.NONE, blank=True)
    winner_at = models.DateTimeField(null=True)
    test_figures = models.JSONField(default=dict)
    scheduled_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    going_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_slot_at = models.DateTimeField(null=True)
    recipients = models.PositiveIntegerField(default=0)
    excluded = models.JSONField(default=dict)
    changed_by = models.CharField(max_length=60, default="")
    changed_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_campaign"

    def __str__(self) -> str:
        return f"campaign {self.pk} ({self.state})"


class CampaignWords(models.Model):
    """What a newsletter says in one version ("a", or "b" in a test) and one language. Fixed once it is scheduled."""

    class Version(models.TextChoices):
        A = "a"
        B = "b"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="words")
    version = models.CharField(max_length=1, choices=Version.choices, default=Version.A)
    language = models.CharField(max_length=35)
    subject = models.CharField(max_length=200)
    preview = models.CharField(max_length=250, default="")
    body = models.TextField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_campaign_words"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version", "language"], name="crm_campaign_words_once")
        ]

    def __str__(self) -> str:
        return f"{self.version} of campaign {self.campaign_id} in {self.language}"
