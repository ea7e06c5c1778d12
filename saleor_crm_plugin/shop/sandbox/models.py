"""The demo shop's own tables: what a shop has to know so that the port can be answered.

Shaped like Saleor where the plugin can notice (integer users, products and variants, UUIDs for
checkouts and orders, prices per channel, metadata), plain everywhere else.
"""

import uuid
from typing import ClassVar

from django.db import models

from . import voucher_models  # noqa: F401 - so that Django finds them

_EMPTY = models.Value({}, models.JSONField())


class Channel(models.Model):
    """A place of sale with one currency."""

    slug = models.SlugField(unique=True)
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "sandbox_channel"

    def __str__(self) -> str:
        return self.slug


class Category(models.Model):
    """A branch of the catalogue's tree."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta:
        db_table = "sandbox_category"

    def __str__(self) -> str:
        return self.slug


class Product(models.Model):
    """What is sold. ``translations`` maps a language to the name in it."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True, max_length=200)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    attributes = models.JSONField(default=dict)
    brand = models.CharField(max_length=60, blank=True)
    season = models.CharField(max_length=20, blank=True)
    published = models.BooleanField(default=True)
    gift_card = models.BooleanField(db_default=False)
    translations = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict, db_default=_EMPTY)

    class Meta:
        db_table = "sandbox_product"

    def __str__(self) -> str:
        return self.slug


class Variant(models.Model):
    """One size and colour of a product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120, blank=True)
    size = models.CharField(max_length=20, blank=True)
    colour = models.CharField(max_length=40, blank=True)
    translations = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict, db_default=_EMPTY)

    class Meta:
        db_table = "sandbox_variant"

    def __str__(self) -> str:
        return self.sku


class Price(models.Model):
    """What a variant costs in a channel now. Not ``listed``: the channel doesn't sell it."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="prices")
    channel = models.ForeignKey(Channel, models.CASCADE)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    undiscounted = models.DecimalField(max_digits=10, decimal_places=2)
    listed = models.BooleanField(default=True)

    class Meta:
        db_table = "sandbox_price"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["variant", "channel"], name="sandbox_price_variant_channel")
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} in {self.channel_id}"


class Stock(models.Model):
    """How many units of a variant can be sold now."""

    variant = models.OneToOneField(Variant, models.CASCADE, primary_key=True, related_name="stock")
    quantity = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "sandbox_stock"

    def __str__(self) -> str:
        return f"{self.quantity} of {self.variant_id}"


class User(models.Model):
    """A customer's account. ``confirmed``: somebody proved that the address is theirs. ``changed_at`` is null where
    nothing has changed since it was made."""

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=12, default="en")
    country = models.CharField(max_length=2, blank=True)
    active = models.BooleanField(default=True)
    confirmed = models.BooleanField(default=True, db_default=True)
    metadata = models.JSONField(default=dict)
    changed_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "sandbox_user"

    def __str__(self) -> str:
        return str(self.pk)


class Checkout(models.Model):
    """A cart. It is deleted when its order is placed, and with its user (as in Saleor).

    ``paying``: its payment has begun; its code and its units are taken until it is an order or the payment failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="checkouts")
    channel = models.ForeignKey(Channel, models.PROTECT)
    language = models.CharField(max_length=12, default="en")
    country = models.CharField(max_length=2, blank=True)
    metadata = models.JSONField(default=dict)
    voucher_code = models.CharField(max_length=255, default="", db_default="")
    paying = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_checkout"
        indexes: ClassVar = [models.Index(fields=["changed_at", "id"], name="sandbox_checkout_changed")]

    def __str__(self) -> str:
        return str(self.pk)


class CheckoutLine(models.Model):
    """A line of a cart, with the price the shop last computed, which may be stale."""

    checkout = models.ForeignKey(Checkout, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        db_table = "sandbox_checkoutline"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkout", "variant"], name="sandbox_checkoutline_variant")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant_id}"


class Status(models.TextChoices):
    """Saleor's order statuses, in its own spelling."""

    DRAFT = "draft"
    UNCONFIRMED = "unconfirmed"
    UNFULFILLED = "unfulfilled"
    PARTIALLY_FULFILLED = "partially fulfilled"
    FULFILLED = "fulfilled"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"
    CANCELED = "canceled"
    EXPIRED = "expired"


# What the port calls a real order: one that the customer stands by.
REAL = frozenset(Status) - {Status.DRAFT, Status.CANCELED, Status.EXPIRED}


class Order(models.Model):
    """An order. ``checkout_id`` keeps the id of the cart that it was; a deleted user leaves it nameless.

    ``discount`` is what the voucher took off its ``total``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=32, choices=Status, default=Status.UNFULFILLED)
    checkout_id = models.UUIDField(null=True, db_index=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="orders")
    email = models.EmailField(blank=True)
    channel = models.ForeignKey(Channel, models.PROTECT)
    language = models.CharField(max_length=12, default="en")
    billing_name = models.CharField(max_length=200, blank=True)
    shipping_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    voucher_code = models.CharField(max_length=255, default="", db_default="")
    discount = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    refunded = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    paid = models.BooleanField(default=False)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_order"
        indexes: ClassVar = [
            models.Index(fields=["changed_at", "id"], name="sandbox_order_changed"),
            models.Index(fields=["placed_at", "id"], name="sandbox_order_placed"),
            models.Index(fields=["voucher_code"], name="sandbox_order_voucher", condition=~models.Q(voucher_code="")),
        ]

    def __str__(self) -> str:
        return str(self.number)


class OrderLine(models.Model):
    """A line of an order, at the price it was sold for. ``net`` is the whole line without tax.

    ``fulfilled`` is how many were handed over (returned ones too).
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True)
    quantity = models.PositiveIntegerField()
    fulfilled = models.PositiveIntegerField(default=0)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    net = models.DecimalField(max_digits=10, decimal_places=2)
    gift_card = models.BooleanField(default=False)

    class Meta:
        db_table = "sandbox_orderline"

    def __str__(self) -> str:
        return f"{self.quantity} x {self.variant_id}"


class Fulfilment(models.Model):
    """A parcel: units of an order that went out together, or that came back together."""

    class Status(models.TextChoices):
        FULFILLED = "fulfilled"
        RETURNED = "returned"

    order = models.ForeignKey(Order, models.CASCADE, related_name="fulfilments")
    status = models.CharField(max_length=32, choices=Status)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_fulfilment"

    def __str__(self) -> str:
        return f"{self.status} of {self.order_id}"


class FulfilmentLine(models.Model):
    """How many units of an order's line are in a parcel. Units that come back move to the parcel they come in."""

    fulfilment = models.ForeignKey(Fulfilment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="fulfilment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        db_table = "sandbox_fulfilmentline"

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class Setting(models.Model):
    """A stored setting: the plugin's under its own name, the shop's own under ``shop.<name>``."""

    name = models.CharField(max_length=100, primary_key=True)
    value = models.JSONField(null=True)

    class Meta:
        db_table = "sandbox_setting"

    def __str__(self) -> str:
        return self.name
