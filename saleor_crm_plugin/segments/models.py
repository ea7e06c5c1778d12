"""What kind of customers there are: kept aggregates, scores, stages, and who belonged where from when to when.

All of it is computed from the facts and can be computed again (``segments/nightly.py``); only memberships remember.
"""

from django.db import models
from django.db.models import Q

from ..contacts.models import ComputedOfContact

# Who is ranked by RFM: those who ordered in its period.
_RANKED = Q(recent_orders__gt=0)


class CustomerValue(ComputedOfContact):
    """What one contact bought in one currency: kept aggregates over the purchases that count.

    ``orders``, ``days`` (distinct days in UTC with a purchase), ``amount`` (gross less refunds) and the moments are
    over all time, ``previous_at`` is the last purchase on a day before that of ``last_at``. ``recent_orders`` and
    ``recent_amount`` are over the RFM period. Ranks follow from these and ``RfmCut``; the group is the open membership.
    When a contact is erased or merged into another, its row stays without a name until the next run has taken it out
    of the counts of ``RfmCut``.
    """

    contact = models.ForeignKey(
        "saleor_crm.Contact", models.SET_NULL, null=True, related_name="values", db_index=False, db_constraint=False
    )
    currency = models.CharField(max_length=3)
    orders = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=3)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    previous_at = models.DateTimeField(null=True)
    recent_orders = models.PositiveIntegerField()
    recent_amount = models.DecimalField(max_digits=20, decimal_places=3)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_customer_value"
        constraints = [models.UniqueConstraint(fields=["contact", "currency"], name="crm_customer_value_once")]
        indexes = [
            models.Index(fields=["currency", "last_at"], name="crm_value_recency", condition=_RANKED),
            models.Index(fields=["currency", "recent_orders"], name="crm_value_frequency", condition=_RANKED),
            models.Index(fields=["currency", "recent_amount"], name="crm_value_monetary", condition=_RANKED),
        ]

    def __str__(self) -> str:
        return f"contact {self.contact_id} in {self.currency}"


class RfmCut(models.Model):
    """Where a rank ends: of each measure the highest value in a currency that has rank ``rank`` or a lower one.

    ``customers`` are all who are ranked in the currency, ``*_below`` how many of them have less than the value,
    ``*_upto`` how many that or less. The counts are kept up to date, so that a cut that moves is found by going along
    the measure's index from where it was.
    """

    currency = models.CharField(max_length=3)
    rank = models.PositiveSmallIntegerField()
    customers = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    last_at_below = models.PositiveIntegerField()
    last_at_upto = models.PositiveIntegerField()
    recent_orders = models.PositiveIntegerField()
    recent_orders_below = models.PositiveIntegerField()
    recent_orders_upto = models.PositiveIntegerField()
    recent_amount = models.DecimalField(max_digits=20, decimal_places=3)
    recent_amount_below = models.PositiveIntegerField()
    recent_amount_upto = models.PositiveIntegerField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_rfm_cut"
        constraints = [models.UniqueConstraint(fields=["currency", "rank"], name="crm_rfm_cut_once")]

    def __str__(self) -> str:
        return f"rank {self.rank} in {self.currency}"


class Score(ComputedOfContact):
    """A contact's points for what it did, each halving with time, as of ``SegmentState.score_reference``.

    All points decay alike, so that a stored sum stays comparable with the stored sums of others and the points of a
    later moment t are ``points * 2 ** -((t - reference) / half-life)``. ``tier`` is "A", "B" or "".
    """

    contact = models.OneToOneField(
        "saleor_crm.Contact", models.CASCADE, primary_key=True, related_name="score", db_constraint=False
    )
    points = models.FloatField()
    tier = models.CharField(max_length=1, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_score"
        indexes = [models.Index(fields=["tier", "points"], name="crm_score_tier", condition=~Q(tier=""))]

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.points}"


class LifetimeValue(ComputedOfContact):
    """What one contact is expected to bring in one currency in the 12 months after ``computed_at``.

    ``p_alive`` and ``expected_orders`` by MBG/NBD, ``expected_value`` (money, gross) by Gamma-Gamma, not discounted.
    """

    contact = models.ForeignKey(
        "saleor_crm.Contact", models.CASCADE, related_name="lifetime_values", db_index=False, db_constraint=False
    )
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


class Lifecycle(ComputedOfContact):
    """Where a contact stands: ``stage`` since when, and ``until`` when if nothing new happens (null: for ever)."""

    class Stage(models.TextChoices):
        PROSPECT = "prospect"
        NEW = "new"
        ACQUAINTED = "getting_acquainted", "Getting acquainted"
        ACTIVE = "active"
        LOYAL = "loyal"
        AT_RISK = "at_risk", "At risk"
        LAPSED = "lapsed"
        LOST = "lost"

    contact = models.OneToOneField(
        "saleor_crm.Contact", models.CASCADE, primary_key=True, related_name="lifecycle", db_constraint=False
    )
    stage = models.CharField(max_length=20, choices=Stage.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_lifecycle"
        indexes = [models.Index(fields=["until"], name="crm_lifecycle_until")]

    def __str__(self) -> str:
        return f"contact {self.contact_id}: {self.stage}"


class ModelFit(models.Model):
    """A model of all customers, as it was fitted: its parameters by name, and on how many customers.

    ``order_gaps`` are quantiles in place of a model, over ``customers`` gaps.
    """

    model = models.CharField(max_length=16)  # mbgnbd, gamma_gamma, order_gaps
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

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="memberships", db_constraint=False)
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
