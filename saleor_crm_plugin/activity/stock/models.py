"""Interest in variants, and what was last seen of those that anybody is interested in."""

from datetime import datetime

from django.db import connection, models
from django.db.models import Q

from ..fields import ShopId

# Served by crm_stock_interest_contact.
_MAKE_WAY = """
UPDATE crm_stock_interest worse SET state = 'cancelled', ended_at = %(now)s
FROM crm_stock_interest better
WHERE worse.contact_id = ANY(%(contacts)s::bigint[]) AND better.contact_id = ANY(%(contacts)s::bigint[])
    AND (worse.variant_id, worse.channel, worse.kind) = (better.variant_id, better.channel, better.kind)
    AND worse.state IN ('unconfirmed', 'waiting') AND (
        better.state IN ('unconfirmed', 'waiting')
        AND (better.state <> 'waiting', better.asked_at, better.id)
            < (worse.state <> 'waiting', worse.asked_at, worse.id)
        OR better.state = 'told' AND better.told_at > worse.asked_at
    )
"""


class StockWatch(models.Model):
    """A variant in a channel that somebody is interested in, as it was last seen. The sweep compares it with the shop.

    ``sold``: the channel sells it, whatever is left. ``units`` are left, null where it never runs out. ``there``
    repeats what follows from both. ``price`` is as the shop entered it, for comparing, in ``currency``.
    ``came_back_at`` is when it was last seen to be there after it had not been, ``ran_out_at`` the other way round.
    """

    pk = models.CompositePrimaryKey("variant_id", "channel")
    variant_id = ShopId()
    channel = models.CharField(max_length=255)
    product_id = ShopId()
    sold = models.BooleanField()
    units = models.IntegerField(null=True)
    there = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(sold=True) & (Q(units=None) | Q(units__gt=0)), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    price = models.DecimalField(max_digits=20, decimal_places=3, null=True)
    currency = models.CharField(max_length=3)
    came_back_at = models.DateTimeField(null=True)
    ran_out_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_stock_watch"
        indexes = [
            models.Index(fields=["variant_id", "channel"], name="crm_stock_watch_there", condition=Q(there=True))
        ]

    def __str__(self) -> str:
        return f"variant {self.variant_id} in {self.channel}"


class StockWave(models.Model):
    """Units that came free, and how many of those who wait are told of them.

    ``size`` is the most that may be told. Until ``ends_at``, or until the variant is sold out again, it is their turn;
    after that it is that of others, in other waves. It is closed (``closed_at``) when nobody was told in it of late.
    """

    variant_id = ShopId()
    channel = models.CharField(max_length=255)
    units = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_stock_wave"
        indexes = [
            models.Index(
                fields=["variant_id", "channel", "ends_at"], name="crm_stock_wave_open", condition=Q(closed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.size} for {self.units} of {self.variant_id} in {self.channel}"


class StockInterest(models.Model):
    """Somebody is interested in a variant in a channel.

    A *request* asks to be told when it is there again; it is *unconfirmed* until a guest has confirmed the address,
    then *waiting*, *told* once, or ended (*cancelled*, *expired*). Asking again later is another row. *cart* and *view*
    are weaker: a line of a cart that sold out (``cart_id``), a sold-out product that was looked at; they are *waiting*
    until they are used for a mail or end. ``price`` is what it cost when the interest was stated, as the shop entered
    it, in ``currency``; ``dropped_to`` the price of a drop that the contact was told of, null once it is dearer again;
    ``drops`` counts them. ``confirmed_at`` is when the contact said so in a mail or being logged in, null where nobody
    knows whether the address is theirs. ``wave`` is the wave in which it is the request's turn.
    """

    class Kind(models.TextChoices):
        REQUEST = "request"
        CART = "cart"
        VIEW = "view"

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed"
        WAITING = "waiting"
        TOLD = "told"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    contact = models.ForeignKey("saleor_crm.Contact", models.CASCADE, related_name="stock_interests", db_index=False)
    variant_id = ShopId()
    product_id = ShopId()
    channel = models.CharField(max_length=255)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=11, choices=State.choices)
    language = models.CharField(max_length=35)
    price = models.DecimalField(max_digits=20, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, default="")
    dropped_to = models.DecimalField(max_digits=20, decimal_places=3, null=True)
    drops = models.PositiveSmallIntegerField(default=0)
    cart_id = models.CharField(max_length=36, default="")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    wave = models.ForeignKey(StockWave, models.SET_NULL, null=True, related_name="members")
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_stock_interest"
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "variant_id", "channel", "kind"],
                name="crm_stock_interest_once",
                condition=Q(state__in=["unconfirmed", "waiting"]),
            )
        ]
        indexes = [
            # The queue: whose turn it is next.
            models.Index(
                fields=["variant_id", "channel", "asked_at", "id"],
                name="crm_stock_interest_queue",
                condition=Q(state="waiting", kind="request", wave=None),
            ),
            models.Index(
                fields=["expires_at"], name="crm_stock_interest_ends", condition=Q(state__in=["unconfirmed", "waiting"])
            ),
            models.Index(fields=["contact", "channel", "product_id"], name="crm_stock_interest_contact"),
            # Who wants a variant, or was told of it: counted without reading the rows (``flows/stock/demand.py``).
            models.Index(
                fields=["variant_id", "channel", "kind", "state"],
                include=["asked_at", "expires_at"],
                name="crm_stock_interest_wanted",
                condition=Q(state__in=["unconfirmed", "waiting", "told"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of variant {self.variant_id} ({self.state})"

    @classmethod
    def make_way(cls, drop: int, keep: int, now: datetime) -> None:
        """Before a contact becomes a part of another (``contacts/identity.py``): of what both wait for one place stays,
        a confirmed one or else the older; the other is cancelled, as is what one of them was told of since. One
        statement."""
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_WAY, {"contacts": [drop, keep], "now": now})
