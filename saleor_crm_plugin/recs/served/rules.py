"""What the merchant says of recommendations: products that come first in a list, and products that are never in it.

Rules belong to a place: the lists of one product, the popular products of one category, or the whole shop, for which
there are bans only. Ids of products and categories are the shop's, as its port spells them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from ...shop import reading

MOST_PINS = 20
MOST_BANS = 200


class RecommendationRules(models.Model):
    """The rules of one place. ``pins`` are product ids in the order in which they are shown, ``bans`` in any.

    ``by`` is who said so last: ``user:1`` one of the staff, ``app:2`` an app. A place whose rules were taken back keeps
    its row, which says by whom.
    """

    class Kind(models.TextChoices):
        PRODUCT = "product"
        CATEGORY = "category"
        SHOP = "shop"

    pk = models.CompositePrimaryKey("kind", "object_id")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    object_id = models.CharField(max_length=36, default="")  # "" for the shop
    pins = models.JSONField(default=list)
    bans = models.JSONField(default=list)
    by = models.CharField(max_length=50)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "saleor_crm"
        db_table = "crm_recommendation_rules"

    def __str__(self) -> str:
        return f"rules of {self.kind} {self.object_id}"


Kind = RecommendationRules.Kind


@dataclass(frozen=True)
class Place:
    """Where rules hold. ``object_id`` is the product's or the category's, "" for the shop."""

    kind: Kind
    object_id: str = ""


SHOP = Place(Kind.SHOP)


@dataclass(frozen=True)
class Rules:
    """What holds in a place: ``pins`` in order, ``bans``; by whom and since when, None where nobody said a word."""

    pins: tuple[str, ...] = ()
    bans: frozenset[str] = frozenset()
    by: str | None = None
    changed_at: datetime | None = None


def rules_of(places: Iterable[Place]) -> dict[Place, Rules]:
    """The rules of places, each of which is in the answer. One statement, none for no places."""
    found = dict.fromkeys(places, Rules())
    keys = [(place.kind.value, place.object_id) for place in found]
    for row in RecommendationRules.objects.using(reading.alias()).filter(pk__in=keys):
        place = Place(Kind(row.kind), row.object_id)
        found[place] = Rules(tuple(row.pins), frozenset(row.bans), row.by, row.changed_at)
    return found


def set_rules(place: Place, pins: Sequence[str], bans: Collection[str], by: str, now: datetime) -> Rules:
    """Replace the rules of a place. One statement.

    Raises ValueError for more than MOST_PINS or MOST_BANS, a product twice or both pinned and banned, and for pins of
    the whole shop.
    """
    rules = Rules(tuple(pins), frozenset(bans), by, now)
    if len(rules.pins) > MOST_PINS or len(rules.bans) > MOST_BANS:
        raise ValueError(f"At most {MOST_PINS} pins and {MOST_BANS} bans.")
    if len(set(rules.pins)) < len(rules.pins) or rules.bans.intersection(rules.pins):
        raise ValueError("A product is in the rules of a place once only.")
    if rules.pins and place == SHOP:
        raise ValueError("The whole shop has no list to pin to.")
    row = RecommendationRules(
        kind=place.kind, object_id=place.object_id, pins=list(rules.pins), bans=sorted(rules.bans), by=by,
        changed_at=now,
    )  # fmt: skip
    RecommendationRules.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=["pins", "bans", "by", "changed_at"],
    )
    return rules
