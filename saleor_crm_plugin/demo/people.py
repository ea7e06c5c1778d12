"""Ten customers of the demo: what each bought, what is recommended to them, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel import Locale
from django.db.models import Count
from django.db.models.functions import MD5

from ..activity.models import Cart, Purchase, PurchaseLine
from ..contacts.models import Contact
from ..emails.money import money
from ..recs.served import learnt, suggest
from ..recs.served.learnt import Entries
from ..recs.served.models import ContactList, ProductList, TrainingRun
from ..recs.served.suggest import Reason, Suggestion
from ..shop.goods import Tile
from ..shop.port import Shop
from ..shop.sandbox.models import Product, User

_PEOPLE, _LIKED, _BOUGHT = 10, 6, 4
_TRACED = 60  # entries of a product's list in which a recommendation is looked for
_ENGLISH = Locale("en")

WORDS: dict[Reason, str] = {
    Reason.PINNED: "The shop wants it here",
    Reason.PERSONAL: "Fits what was bought before",
    Reason.VIEWED: "Left in the cart",
    Reason.BOUGHT_BEFORE: "Bought before, and due again",
    Reason.BOUGHT_TOGETHER: "Often in the same order",
    Reason.RELATED: "Bought by the same people",
    Reason.SIMILAR: "Like what was bought before",
    Reason.POPULAR_IN_CATEGORY: "Sells well among its like",
    Reason.POPULAR: "Sells well just now",
}


@dataclass(frozen=True)
class Bought:
    """A product that somebody bought."""

    name: str
    slug: str


@dataclass(frozen=True)
class Liked:
    """A product that somebody may like: ``price`` as it is written, ``why`` in words."""

    name: str
    slug: str
    price: str
    why: str


@dataclass(frozen=True)
class Person:
    """One customer: what was bought, the last first, and what is recommended, the best first."""

    name: str
    about: str
    bought: Sequence[Bought]
    liked: Sequence[Liked]


def read_people(shop: Shop, run: TrainingRun, now: datetime) -> list[Person]:
    """Ten customers, the same for the same shop; fewer where it has not so many. A constant number of statements."""
    contacts = _some(run)
    bought, carted = _bought(contacts), _carted(contacts)
    liked, tiles = _liked(shop, contacts, now)
    products = {product for some in (*bought.values(), *carted.values()) for product in some}
    beside = learnt.of_products(products, ProductList.Kind.RELATED, _TRACED)
    goods = {str(one.pk): Bought(one.name, one.slug) for one in Product.objects.filter(pk__in=map(int, products))}
    accounts = User.objects.in_bulk([int(contact.user_id) for contact in contacts if contact.user_id])
    orders = dict(
        Purchase.objects.filter(contact__in=contacts, counts=True).values_list("contact").annotate(Count("pk"))
    )
    people = []
    for contact in contacts:
        mine, near = (
            {product: goods[product] for product in some if product in goods}
            for some in (bought.get(contact.pk, []), [*bought.get(contact.pk, []), *carted.get(contact.pk, [])])
        )
        shown = [
            (one, tiles[one.product_id, contact.pk])
            for one in liked[contact.pk]
            if (one.product_id, contact.pk) in tiles
        ]
        account = accounts.get(int(contact.user_id)) if contact.user_id else None
        people.append(
            Person(
                name=account.first_name if account else "A guest",
                about=_about(account, orders.get(contact.pk, 0)),
                bought=list(mine.values())[:_BOUGHT],
                liked=[Liked(tile.name, tile.slug, _price(tile), _why(one, near, beside)) for one, tile in shown],
            )
        )
    return people


def _some(run: TrainingRun) -> list[Contact]:
    """Customers of all sorts: with a cart, with something due again, with a taste, and with one purchase only."""
    lists = ContactList.objects.filter(run=run)
    known = Contact.objects.filter(pk__in=lists.filter(kind=ContactList.Kind.PERSONAL).values("contact"))
    carts = Cart.objects.filter(status=Cart.Status.OPEN)
    once = Purchase.objects.filter(counts=True).values("contact").annotate(n=Count("pk")).filter(n=1)
    found: dict[int, Contact] = {}
    for group, most in (
        (Contact.objects.filter(pk__in=once.values("contact")).exclude(pk__in=known), 1),
        (known.filter(pk__in=carts.values("contact")), 4),
        (known.filter(pk__in=lists.filter(kind=ContactList.Kind.AGAIN).values("contact")), 7),
        (known, _PEOPLE),
        (Contact.objects.filter(pk__in=Purchase.objects.filter(counts=True).values("contact")), _PEOPLE),
    ):
        some = group.exclude(pk__in=list(found)).order_by(MD5("email"))[: most - len(found)]
        found |= {contact.pk: contact for contact in some}
    first, others = list(found.values())[:1], list(found.values())[1:]
    return [*others, *first]


def _bought(contacts: Sequence[Contact]) -> dict[int, list[str]]:
    """What each customer bought, each product once, the last first."""
    lines = PurchaseLine.objects.filter(purchase__contact__in=contacts, purchase__counts=True, product_id__isnull=False)
    bought: dict[int, dict[str, None]] = {}
    for contact, product in lines.order_by("-purchase__placed_at", "line_id").values_list(
        "purchase__contact", "product_id"
    ):
        bought.setdefault(contact, {})[str(product)] = None
    return {contact: list(products) for contact, products in bought.items()}


def _carted(contacts: Sequence[Contact]) -> dict[int, list[str]]:
    """What lies in each customer's carts."""
    carted: dict[int, list[str]] = {}
    carts = Cart.objects.filter(contact__in=contacts, status=Cart.Status.OPEN).order_by("pk")
    for contact, lines in carts.values_list("contact", "lines"):
        carted.setdefault(contact, []).extend(line["product_id"] for line in lines)
    return carted


def _liked(
    shop: Shop, contacts: Sequence[Contact], now: datetime
) -> tuple[dict[int, list[Suggestion]], dict[tuple[str, int], Tile]]:
    """What is recommended to each customer where they bought last, and what that is."""
    rows = Purchase.objects.filter(contact__in=contacts, counts=True).order_by("placed_at")
    of_channel: dict[str, list[int]] = {}
    for contact, channel in dict(rows.values_list("contact", "channel")).items():
        of_channel.setdefault(channel, []).append(contact)
    liked: dict[int, list[Suggestion]] = {contact.pk: [] for contact in contacts}
    tiles: dict[tuple[str, int], Tile] = {}
    for channel, some in sorted(of_channel.items()):
        lists = suggest.for_contacts(shop, some, channel, _LIKED, now)
        products = sorted({one.product_id for shown in lists.values() for one in shown})
        sold = shop.tiles(products, channel, ["en"])["en"]
        liked |= lists
        tiles |= {(product, contact): tile for product, tile in sold.items() for contact in some}
    return liked, tiles


def _about(account: User | None, orders: int) -> str:
    many = "1 order" if orders == 1 else f"{orders} orders"
    return f"{_ENGLISH.territories.get(account.country, account.country)} · {many}" if account else many


def _price(tile: Tile) -> str:
    price = money(tile.price, tile.currency, _ENGLISH)
    return f"from {price}" if tile.prices_differ else price


def _why(one: Suggestion, near: Mapping[str, Bought], beside: Mapping[str, Entries]) -> str:
    """In words; where it can be traced to something that was bought or carted, with that."""
    traced = [
        (entry.score, product, entry.reason)
        for product in near
        for entry in beside.get(product, ())
        if entry.product_id == one.product_id and entry.reason in (Reason.RELATED, Reason.SIMILAR)
    ]
    if one.reason not in (Reason.PERSONAL, Reason.RELATED, Reason.SIMILAR) or not traced:
        return WORDS[one.reason]
    _, product, reason = max(traced)
    return f"Like the {near[product].name}" if reason == Reason.SIMILAR else f"Goes with the {near[product].name}"


def slugs(people: Iterable[Person]) -> set[str]:
    """The products of which they have pictures."""
    return {one.slug for person in people for one in person.bought} | {
        one.slug for person in people for one in person.liked
    }
