"""What kind of customers there are: kept aggregates, scores, stages, and who belonged where from when to when.

All of it is computed from the facts and can be computed again (``segments/nightly.py``); only memberships remember.
"""

from django.db import models
from django.db.models import Q

from ..contacts.models import ComputedOfContact


class CustomerValue(ComputedOfContact):
    """What one contact bought in one currency: kept aggregates over the purchases that count.

    ``orders``, ``days`` (distinct days in UTC with a purchase), ``amount`` (gross less refunds) and the moments are
    over all time, ``previous_at`` is the last purchase on a day before that of ``last_at``. ``recent_orders`` and
    ``recent_amount`` are over the RFM period. ``recency``, ``frequency``, ``monetary`` are ranks from 1 (worst) to the
    owner's number of bins inside the currency, null (with an empty ``rfm_group``) without an order in the period.
    """

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="values")
    currency = models.CharField(max_length=3)
    orders = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=3)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    previous_at = models.DateTimeField(null=True)
    recent_orders = models.PositiveIntegerField()
    recent_amount = models.DecimalField(max_digits=20, decimal_places=3)
    recency = models.PositiveSmallIntegerField(null=True)
    frequency = models.PositiveSmallIntegerField(null=True)
    monetary = models.PositiveSmallIntegerField(null=True)
    rfm_group = models.CharField(max_length=32, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_customer_value"
        constraints = [models.UniqueConstraint(fields=["contact", "currency"], name="crm_customer_value_once")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in {self.currency}"


class Score(ComputedOfContact):
    """A contact's points for what it did, each halving with time, as of ``SegmentState.score_reference``.

    All points decay alike, so that a stored sum stays comparable with the stored sums of others and the points of a
    later moment t are ``points * 2 ** -((t - reference) / half-life)``. ``tier`` is "A", "B" or "".
    """

    contact = models.OneToOneField("saleor_crm.Contact", models.CASCADE, primary_key=True, related_name="score")
    points = models.FloatField()
    tier = models.CharField(max_length=1, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_score"

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.points}"


class Lifecycle(ComputedOfContact):
    """Where a contact stands: ``stage`` since when, and ``until`` when if nothing new happens (null: for ever)."""

    class Stage(models.TextChoices):
        PROSPECT = "prospect"
        NEW = "new"
        ACQUAINTED = "getting_acquainted"
        ACTIVE = "active"
        LOYAL = "loyal"
        AT_RISK = "at_risk"
        LAPSED = "lapsed"
        LOST = "lost"

    contact = models.OneToOneField("saleor_crm.Contact", models.CASCADE, primary_key=True, related_name="lifecycle")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_lifecycle"
        indexes = [models.Index(fields=["until"], name="crm_lifecycle_until")]

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.stage}"


class LifetimeValue(ComputedOfContact):
    """What one contact is expected to bring in one currency in the 12 months after ``computed_at``.

    ``p_alive`` and ``expected_orders`` by MBG/NBD, ``expected_value`` (money, gross) by Gamma-Gamma, not discounted.
    """

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="lifetime_values")
    currency = models.CharField(max_length=3)
    p_alive = models.FloatField()
    expected_orders = models.FloatField()
    expected_value = models.DecimalField(max_digits=20, decimal_places=3)
    computed_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_lifetime_value"
        constraints = [models.UniqueConstraint(fields=["contact", "currency"], name="crm_lifetime_value_once")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in {self.currency}: {self.expected_value}"


class ModelFit(models.Model):
    """A model of all customers, as it was fitted: its parameters by name, and on how many customers."""

    model = models.CharField(max_length=16)  # mbgnbd, gamma_gamma
    currency = models.CharField(max_length=3, default="")  # of Gamma-Gamma
    params = models.JSONField()
    customers = models.PositiveIntegerField()
    log_likelihood = models.FloatField(null=True)
    converged = models.BooleanField()
    message = models.CharField(max_length=200, default="")
    fitted_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_model_fit"
        constraints = [models.UniqueConstraint(fields=["model", "currency"], name="crm_model_fit_once")]

    def __str__(self) -> str:
        return f"{self.model} of {self.customers} customers"


class Membership(ComputedOfContact):
    """A contact belonged to a segment from ``entered_at`` to ``left_at`` (null: still does), and why it entered.

    At most one segment of a kind (and currency, for RFM) is open per contact. Flows start on entering.
    """

    class Kind(models.TextChoices):
        RFM = "rfm"  # segment: the group's name
        SCORE = "score"  # "A" or "B"
        LIFECYCLE = "lifecycle"  # Lifecycle.Stage

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="memberships")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    currency = models.CharField(max_length=3, default="")
    segment = models.CharField(max_length=32)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    cause = models.CharField(max_length=24)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "currency"], name="crm_membership_open", condition=Q(left_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["kind", "segment", "entered_at"], name="crm_membership_segment"),
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.kind} {self.segment}"


class SegmentState(models.Model):
    """How far the segments are, in one row: as of when they hold, and what they were computed with.

    ``rules`` is a digest of the owner's settings that they depend on: when it changes, all is computed anew.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    as_of = models.DateTimeField()
    rebuilt_at = models.DateTimeField()
    score_reference = models.DateTimeField()
    rules = models.CharField(max_length=64)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_segment_state"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="crm_segment_state_is_one")]

    def __str__(self) -> str:
        return f"segments as of {self.as_of}"
