"""When we act: who is in which flow, what is due, and why each decision fell as it did."""

from django.db import models
from django.db.models import Q

from ..activity.fields import ShopId


class Enrolment(models.Model):
    """One run of a flow about one subject (for abandoned carts: the cart).

    There is one row per flow and subject, whoever owns the subject just now: a cart whose email is corrected
    is the same run, and no step of it is ever said twice. ``basis`` is the moment the waiting counts from,
    ``planned_at`` when step ``next_step`` was to be decided, ``due_at`` when it is looked at (again), and ``waits_for``
    why it was put off. A worker that decides has the row until ``leased_until``. A finished run goes on when its
    subject changes, as long as a step is left. ``arm`` is set by the first decision that would have sent a mail;
    ``attempts`` is how often the mail of this step was tried before it was decided anew. ``about`` are ids of products
    that started a run about a customer. A run of a newsletter belongs to its ``campaign``; ``version`` is which words
    it gets ("" until a test has shown which are better).
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        FINISHED = "finished"

    class Arm(models.TextChoices):
        NONE = ""
        TREATED = "treated"
        HOLDOUT = "holdout"

    flow = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    contact = models.ForeignKey("saleor_crm.Contact", models.SET_NULL, null=True, related_name="enrolments")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    next_step = models.PositiveSmallIntegerField(default=0)
    basis = models.DateTimeField()
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    waits_for = models.CharField(max_length=24, default="")
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_by = models.CharField(max_length=24, default="")
    about = models.JSONField(default=list, db_default=[])
    campaign = models.ForeignKey("saleor_crm.Campaign", models.PROTECT, null=True, related_name="runs", db_index=False)
    version = models.CharField(max_length=1, default="", db_default="")
    arm = models.CharField(max_length=8, choices=Arm.choices, default=Arm.NONE)
    arm_at = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField()
    recovered_order_id = models.CharField(max_length=36, null=True)
    recovered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_enrolment"
        constraints = [models.UniqueConstraint(fields=["flow", "subject_id"], name="crm_enrolment_once")]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="crm_enrolment_due", condition=Q(state="waiting", campaign=None)
            ),
            # A newsletter's millions do not stand in the way of the flows.
            models.Index(
                fields=["campaign", "state", "version", "due_at"],
                name="crm_enrolment_campaign",
                condition=~Q(campaign=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow} of {self.subject_id}"


class Decision(models.Model):
    """One decision about one step, with its reason (``reasons.Reason``). Append-only."""

    class Outcome(models.TextChoices):
        SENT = "sent"
        HELD_OUT = "held_out"
        SKIPPED = "skipped"
        MOVED = "moved"
        WITHDRAWN = "withdrawn"
        FAILED = "failed"

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="decisions")
    step = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    reason = models.CharField(max_length=24)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_decision"

    def __str__(self) -> str:
        return f"step {self.step}: {self.outcome} ({self.reason})"


class Pause(models.Model):
    """A flow that staff has stopped for a while (``pauses.py``): since when, and who did it, ``user:1`` or ``app:2``;
    "" where it was done by command."""

    flow = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()
    by = models.CharField(max_length=40, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_flow_pause"

    def __str__(self) -> str:
        return f"{self.flow} paused since {self.since}"


class Reorder(models.Model):
    """A product that is bought again by enough of its buyers: the median time after which they do."""

    product_id = ShopId(primary_key=True)
    gap = models.DurationField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_reorder"

    def __str__(self) -> str:
        return f"product {self.product_id} after {self.gap}"
