"""What training left for serving: lists by customer and by product, what sells, and how good each training was.

Products are numbers here, as every shop counts them (``port.py``): a list of sixty takes a third of the room.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from ...contacts.models import ComputedOfContact


class Real(models.FloatField):  # type: ignore[type-arg]
    """Four bytes: a score needs no more."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The column's type, as CREATE TABLE is told."""
        return "real"


def _products() -> Any:
    return ArrayField(models.BigIntegerField())


def _scores() -> Any:
    return ArrayField(Real())


def _reasons() -> Any:
    return ArrayField(models.SmallIntegerField())  # reasons.CODES


class TrainingRun(models.Model):
    """One training. ``current``: its lists are shown; a run becomes so when it is whole.

    ``figures`` says for each task what was picked and how good it was on the shop's own last weeks: ``{"discovery":
    {"model", "ndcg20", "popularity_ndcg20", "windows", "reason"}, ...}``. ``popular_half_life`` is in days.
    """

    engine = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    current = models.BooleanField(default=False)
    customers = models.PositiveIntegerField(default=0)
    products = models.PositiveIntegerField(default=0)
    lines = models.PositiveBigIntegerField(default=0)
    popular_half_life = models.FloatField(null=True)
    figures = models.JSONField(default=dict)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_run"
        constraints = [
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="crm_recs_run_one_current")
        ]

    def __str__(self) -> str:
        return f"training {self.pk}"


class _OfRun(models.Model):
    """A list that a training made, best first."""

    # No constraint: lists are written before their run is whole, and go when it is no longer current.
    run = models.ForeignKey(TrainingRun, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    items = _products()
    scores = _scores()
    reasons = _reasons()

    class Meta:
        abstract = True


class ProductList(_OfRun):
    """What goes with one product, best first. ``scores`` compare among all lists of a kind in a run."""

    class Kind(models.TextChoices):
        RELATED = "related"  # bought by the same customers
        TOGETHER = "together"  # in the same orders
        BASKET = "basket"  # what a cart with it lacks

    pk = models.CompositePrimaryKey("product_id", "kind", "run_id")
    product_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_product"

    def __str__(self) -> str:
        return f"{self.kind} of product {self.product_id}"


class ContactList(_OfRun, ComputedOfContact):
    """What one customer may like, best first."""

    class Kind(models.TextChoices):
        PERSONAL = "personal"  # not bought before
        AGAIN = "again"  # bought before and due again

    pk = models.CompositePrimaryKey("contact_id", "kind", "run_id")
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_contact"

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"


class Wears(ComputedOfContact):
    """Which sizes one customer bought, and for whom: values of attributes as ``slug=value``."""

    pk = models.CompositePrimaryKey("contact_id", "run_id")
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(TrainingRun, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    sizes = ArrayField(models.TextField())
    genders = ArrayField(models.TextField())

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_wears"

    def __str__(self) -> str:
        return f"what contact {self.contact_id} wears"


class Shelf(models.Model):
    """Where a product stood when the catalogue was last read: the categories from the root to its own. ``gone``: the
    shop has it no more; the last reading in which it was there holds."""

    product_id = models.BigIntegerField(primary_key=True)
    categories = ArrayField(models.TextField())
    gone = models.BooleanField(default=False, db_default=False)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_shelf"

    def __str__(self) -> str:
        return f"shelf of product {self.product_id}"


class PopularList(models.Model):
    """What sells in a channel ("": in all) and in a category with those below it ("": in the whole shop)."""

    pk = models.CompositePrimaryKey("channel", "category_id")
    channel = models.CharField(max_length=255)
    category_id = models.CharField(max_length=36)
    items = _products()
    scores = _scores()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recs_popular"

    def __str__(self) -> str:
        return f"popular in {self.channel or 'all channels'} {self.category_id}".rstrip()
