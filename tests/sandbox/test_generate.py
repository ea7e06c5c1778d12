"""The demo shop's range, customers and years of orders."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Count, F, Max, Min, Sum

from saleor_crm_plugin.shop.sandbox.generate import Generated, generate
from saleor_crm_plugin.shop.sandbox.models import (
    Category,
    Channel,
    Order,
    OrderLine,
    Price,
    Product,
    Status,
    User,
    Variant,
)
from saleor_crm_plugin.shop.sandbox.progress import calling, quiet

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def _tiny(seed: int = 1) -> Generated:
    return generate(NOW, seed=seed, products=60, customers=300, years=2, progress=quiet)


def test_a_shop_has_a_range_that_both_channels_sell(db: None) -> None:
    # when
    made = _tiny()
    # then
    assert made.products == Product.objects.count() == 60
    assert dict(Channel.objects.values_list("slug", "currency")) == {"eu": "EUR", "poland": "PLN"}
    assert set(Category.objects.filter(parent=None).values_list("slug", flat=True)) == {
        "women", "men", "shoes", "accessories",
    }  # fmt: skip
    assert not Product.objects.filter(category__parent=None).exists()
    assert Price.objects.count() == 2 * Variant.objects.count()
    assert not Price.objects.filter(price__gt=F("undiscounted")).exists()
    assert Price.objects.filter(price__lt=F("undiscounted")).exists()
    assert set(Product.objects.first().translations) == {"de", "fr", "pl"}  # type: ignore[union-attr]


def test_no_address_is_somebodys(db: None) -> None:
    _tiny()
    addresses = {*User.objects.values_list("email", flat=True), *Order.objects.values_list("email", flat=True)}
    assert {address.rpartition("@")[2] for address in addresses} == {"example.com", "example.org", "example.net"}
    assert all(address.isascii() for address in addresses)


def test_orders_lie_in_the_two_years_before_now(db: None) -> None:
    made = _tiny()
    spread = Order.objects.aggregate(first=Min("placed_at"), last=Max("placed_at"), changed=Max("changed_at"))
    assert made.orders == Order.objects.count() > 500
    assert NOW - timedelta(days=740) < spread["first"] < NOW - timedelta(days=300)
    assert NOW - timedelta(days=30) < spread["last"] < NOW
    assert spread["changed"] < NOW
    assert not Order.objects.filter(changed_at__lt=F("placed_at")).exists()


def test_an_orders_total_is_that_of_its_lines_and_no_more_is_given_back(db: None) -> None:
    made = _tiny()
    sums = OrderLine.objects.values("order").annotate(sum=Sum(F("quantity") * F("unit_price")))
    totals = dict(Order.objects.values_list("id", "total"))
    assert {row["order"]: row["sum"] for row in sums} == totals
    assert OrderLine.objects.count() == made.lines
    assert not Order.objects.filter(refunded__gt=F("total")).exists()
    returned = Order.objects.filter(status__in=(Status.RETURNED, Status.PARTIALLY_RETURNED))
    assert returned.exists()
    assert not returned.filter(refunded=Decimal(0)).exists()


def test_people_buy_at_their_own_rhythm_and_some_never_again(db: None) -> None:
    _tiny()
    counts = Counter(Order.objects.values("email").annotate(n=Count("id")).values_list("n", flat=True))
    assert counts[1] > sum(counts.values()) / 5
    assert sum(people for orders, people in counts.items() if orders >= 5) > sum(counts.values()) / 10


def test_a_size_stays_with_the_person(db: None) -> None:
    # given
    _tiny()
    letters = OrderLine.objects.filter(variant__size__in=("XS", "S", "M", "L", "XL", "XXL"), order__user__isnull=False)
    own = letters.filter(order__shipping_name=F("order__billing_name"))
    bought = own.values_list("order__user", "variant__size", "variant__product__attributes__gender")
    # when
    by_person: dict[int, Counter[str]] = {}
    for person, size, _ in bought:
        by_person.setdefault(person, Counter())[size] += 1
    usual = [max(sizes.values()) / sizes.total() for sizes in by_person.values() if sizes.total() >= 4]
    # then
    assert sum(usual) / len(usual) > 0.75


def test_there_are_guests_gifts_returns_and_cancellations(db: None) -> None:
    _tiny()
    orders = Order.objects.all()
    assert orders.filter(user=None).exclude(email="").exists()
    assert 0 < orders.exclude(shipping_name=F("billing_name")).count() < orders.count() / 8
    assert set(Status) - {Status.PARTIALLY_FULFILLED} >= set(orders.values_list("status", flat=True)) >= {
        Status.FULFILLED, Status.CANCELED, Status.RETURNED,
    }  # fmt: skip


def test_coats_and_jumpers_sell_in_winter(db: None) -> None:
    _tiny()
    months = Counter(
        moment.month
        for moment in OrderLine.objects.filter(variant__product__season="cold").values_list(
            "order__placed_at", flat=True
        )
    )
    assert sum(months[month] for month in (11, 12, 1)) > 2 * sum(months[month] for month in (5, 6, 7))


def _everything() -> list[object]:
    return [
        list(Product.objects.order_by("pk").values()),
        list(Price.objects.order_by("pk").values()),
        list(User.objects.order_by("pk").values()),
        list(Order.objects.order_by("pk").values()),
        list(OrderLine.objects.order_by("pk").values()),
    ]


@pytest.mark.parametrize(("seed", "same"), [(1, True), (2, False)])
def test_the_same_seed_makes_the_same_shop(db: None, seed: int, same: bool) -> None:
    _tiny()
    first = _everything()
    _tiny(seed)
    assert (_everything() == first) is same


def test_a_shop_of_a_few_products_is_possible(db: None) -> None:
    made = generate(NOW, products=3, customers=5, years=0.5, progress=quiet)
    assert made.products == 3


def test_a_caller_is_told_how_far_it_is(db: None) -> None:
    told: list[tuple[str, int, int]] = []
    watch: Callable[[str, int, int], None] = lambda *at: told.append(at)  # noqa: E731
    made = generate(NOW, products=20, customers=50, years=1, progress=calling(watch))
    assert ("products", 20, 20) in told
    assert ("customers", 50, 50) in told
    assert ("order lines", made.lines, made.lines) in told
