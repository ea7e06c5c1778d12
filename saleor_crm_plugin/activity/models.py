"""What happened: carts with every change of their lines, purchases, returns, views. Facts, no opinions."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from .fields import ShopId


class Cart(models.Model):
    """A cart as last seen. Kept after the shop has deleted its checkout.

    ``lines`` is a list of ``{"line_id", "variant_id", "product_id", "quantity", "total"}`` (total as a
    decimal string in ``currency``). ``revision`` counts the changes of the lines. ``changed_at`` is the
    shop's own moment of the last change.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        EMPTY = "empty"
        ORDERED = "ordered"
        GONE = "gone"

    id = models.CharField(max_length=36, primary_key=True)
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, null=True, related_name="carts")
    status = models.CharField(max_length=8, choices=Status.choices)
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=35)
    country = models.CharField(max_length=2)
    lines = models.JSONField(default=list)
    total = models.DecimalField(max_digits=20, decimal_places=3)
    revision = models.PositiveIntegerField(default=0)
    order_id = models.CharField(max_length=36, null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_cart"
        indexes = [
            # In which carts something lies that has just sold out.
            GinIndex(fields=["lines"], name="crm_cart_lines", opclasses=["jsonb_path_ops"], condition=Q(status="open"))
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartChange(models.Model):
    """One add or remove: by how much the quantity of a variant in a cart changed between two looks."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="changes")
    revision = models.PositiveIntegerField()
    variant_id = models.CharField(max_length=36)
    product_id = models.CharField(max_length=36)
    quantity = models.IntegerField()  # positive: added, negative: removed
    at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_cart_change"
        constraints = [models.UniqueConstraint(fields=["cart", "revision", "variant_id"], name="crm_cart_change_once")]

    def __str__(self) -> str:
        return f"{self.quantity:+} in cart {self.cart_id}"


class Purchase(models.Model):
    """An order as last seen. ``real`` is false for drafts, expired and cancelled ones.

    Amounts are in ``currency``. ``total`` is gross, ``refunded`` the part of it that went back; ``goods_net`` is what
    the goods cost after discounts, without tax, shipping and gift cards. ``fulfilled_at`` is when the last of it was
    handed over, null while something is missing. ``gift``: it ships to another name than it bills.
    ``kept`` and ``counts`` say, for everything that counts purchases, how much of an order is a purchase and whether:
    one that went back whole is none.
    """

    order_id = ShopId(primary_key=True)
    contact = models.ForeignKey(
        "saleor_crm.Contact", models.SET_NULL, null=True, related_name="purchases", db_index=False
    )
    cart_id = models.CharField(max_length=36, null=True)
    channel = models.CharField(max_length=255)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=35)
    total = models.DecimalField(max_digits=20, decimal_places=3)
    refunded = models.DecimalField(max_digits=20, decimal_places=3)
    goods_net = models.DecimalField(max_digits=20, decimal_places=3, default=0)
    gift = models.BooleanField(default=False)
    real = models.BooleanField()
    paid = models.BooleanField()
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    fulfilled_at = models.DateTimeField(null=True)
    kept = models.GeneratedField(
        expression=F("total") - F("refunded"),
        output_field=models.DecimalField(max_digits=20, decimal_places=3),
        db_persist=True,
    )
    counts = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(real=True) & (Q(total=0) | Q(refunded__lt=F("total"))), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_purchase"
        indexes = [
            # Holds all that is summed up per contact, so that the table itself, in which a contact's orders lie
            # scattered, is not read.
            models.Index(
                fields=["contact", "placed_at"], include=["currency", "kept", "counts"], name="crm_purchase_contact"
            ),
            models.Index(fields=["placed_at"], name="crm_purchase_placed"),
            models.Index(fields=["fulfilled_at"], name="crm_purchase_fulfilled", condition=~Q(fulfilled_at=None)),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"


class PurchaseLine(models.Model):
    """One line of an order: ``total`` is gross after discounts, in the order's currency.

    ``returned`` is how many came back. Product and variant are null where the shop had deleted them before we looked.
    Lines are found by their purchase; so one index is enough. No constraint says that the purchase is there: both are
    written by one function (``purchases.record``), and checking each of millions again would take as long as writing.
    """

    pk = models.CompositePrimaryKey("purchase_id", "line_id")
    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="lines", db_index=False, db_constraint=False)
    line_id = models.CharField(max_length=36)
    product_id = models.CharField(max_length=36, null=True)
    variant_id = models.CharField(max_length=36, null=True)
    quantity = models.PositiveIntegerField()
    returned = models.PositiveIntegerField(default=0)
    total = models.DecimalField(max_digits=20, decimal_places=3)
    gift_card = models.BooleanField(default=False)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_purchase_line"

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant_id}"


class Interaction(models.Model):
    """One thing that a contact did with a product and that is kept for good: so far, that it came back.

    ``source`` says which one it was, so that telling it again changes nothing: it is unique with ``at``. Purchases,
    changes of carts and views have tables of their own. The table is cut into months (``interactions.py``).
    ``order_id`` is the order that a return belongs to.
    """

    class Kind(models.TextChoices):
        RETURN = "return"

    pk = models.CompositePrimaryKey("source", "at")
    source = models.CharField(max_length=80)
    at = models.DateTimeField()
    kind = models.CharField(max_length=14, choices=Kind.choices)
    contact = models.ForeignKey(
        "saleor_crm.Contact", models.CASCADE, null=True, related_name="interactions", db_index=False
    )
    visitor_id = models.CharField(max_length=64, default="")
    order_id = models.CharField(max_length=36, null=True)
    product_id = models.CharField(max_length=36, null=True)
    variant_id = models.CharField(max_length=36, null=True)
    quantity = models.PositiveIntegerField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_interaction"
        constraints = [
            models.CheckConstraint(condition=~Q(contact=None, visitor_id=""), name="crm_interaction_of_somebody")
        ]
        indexes = [
            models.Index(fields=["contact", "at"], name="crm_interaction_contact"),
            models.Index(fields=["order_id"], name="crm_interaction_order", condition=~Q(order_id=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class View(models.Model):
    """A product or a category that somebody looked at, or words that somebody searched for, as a storefront told.

    ``event_id`` is the storefront's own name for it, so that telling it again changes nothing. Names hold inside one
    visitor; where an account came without a visitor id (""), the account's number stands before the name. Product,
    variant and category are ids as the shop's port spells them; nobody checked that they are there. The table is cut
    into months, which are dropped when they are old (``retention.py``).
    """

    class Kind(models.TextChoices):
        PRODUCT_VIEW = "product_view"
        CATEGORY_VIEW = "category_view"
        SEARCH = "search"

    pk = models.CompositePrimaryKey("visitor_id", "event_id", "at")
    visitor_id = models.CharField(max_length=64, default="")
    event_id = models.CharField(max_length=101)
    at = models.DateTimeField()
    kind = models.CharField(max_length=13, choices=Kind.choices)
    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, null=True, related_name="views", db_index=False)
    product_id = models.CharField(max_length=36, null=True)
    variant_id = models.CharField(max_length=36, null=True)
    category_id = models.CharField(max_length=36, null=True)
    query = models.CharField(max_length=200, default="")

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_view"
        constraints = [models.CheckConstraint(condition=~Q(contact=None, visitor_id=""), name="crm_view_of_somebody")]
        # Most views are nobody's yet, and cost this index nothing. Visitors are found by the key.
        indexes = [models.Index(fields=["contact", "at"], name="crm_view_contact", condition=~Q(contact=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Budget(models.Model):
    """How much of something was done since a moment, of what may be done in a while (``budget.py``)."""

    name = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()
    used = models.PositiveIntegerField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_budget"

    def __str__(self) -> str:
        return f"{self.used} of {self.name}"
