"""Which sizes customers wear, and for whom they buy."""

import pytest

from saleor_crm_plugin.activity.models import PurchaseLine
from saleor_crm_plugin.recs.served.wears import Worn, read_wears
from saleor_crm_plugin.shop.goods import Values

from .shop import NOW, buy, person

pytestmark = pytest.mark.django_db
# In this shop a variant has its product's number.
VARIANTS: dict[int, Values] = {
    1: frozenset({("size", "m"), ("gender", "women")}),
    2: frozenset({("size", "l"), ("gender", "women")}),
    3: frozenset({("size", "l"), ("gender", "men")}),
    4: frozenset({("shoe-size", "42"), ("shoe-size", "43")}),
}


def wears() -> dict[int, tuple[set[str], set[str]]]:
    """Sizes and genders by contact."""
    told = read_wears(VARIANTS, ("size", "shoe-size"), ("gender",), NOW)
    return {one.contact_id: (set(one.sizes), set(one.genders)) for one in told}


def test_every_size_that_was_bought_is_worn() -> None:
    ada, bob = person(), person()
    buy(ada, ["1", "4"], 1)
    buy(bob, ["3"], 1)

    assert wears() == {ada: ({"size=m", "shoe-size=42", "shoe-size=43"}, set()), bob: ({"size=l"}, set())}


def test_a_gender_is_a_customers_own_from_two_things_of_it_on() -> None:
    ada = person()
    buy(ada, ["1", "2"], 1)

    assert wears()[ada][1] == {"gender=women"}


@pytest.mark.parametrize(("women", "men", "told"), [(4, 1, {"gender=women"}), (3, 1, set()), (1, 1, set())])
def test_a_gender_needs_four_of_five_things(women: int, men: int, told: set[str]) -> None:
    ada = person()
    for days in range(women):
        buy(ada, ["1"], days + 1)
    for days in range(men):
        buy(ada, ["3"], days + 1)

    assert wears()[ada][1] == told


def test_gifts_and_what_came_back_say_nothing() -> None:
    buy(person(), ["1"], 1, gift=True)
    order = buy(person(), ["3"], 1)
    PurchaseLine.objects.filter(purchase_id=order).update(returned=1)

    assert wears() == {}


def test_a_shop_without_such_attributes_asks_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert list(read_wears({}, ("size",), (), NOW)) == []


def test_values_are_told_as_they_are() -> None:
    ada = person()
    buy(ada, ["1"], 1)

    assert list(read_wears({1: frozenset({("size", "a=b")})}, ("size",), (), NOW)) == [Worn(ada, ["size=a=b"], [])]
