"""Suppression: a hash of the address, with the reason that counts most."""

from datetime import timedelta
from itertools import product

import pytest

from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from tests.contacts.people import NOW

pytestmark = pytest.mark.django_db
Reason = Suppression.Reason
ADA = "ada@example.com"


def test_only_the_suppressed_are_named() -> None:
    suppress(ADA, Reason.COMPLAINT, NOW)

    assert suppressed([ADA, "bea@example.com", ""]) == {ADA: Reason.COMPLAINT}


def test_the_address_itself_is_not_stored() -> None:
    suppress(ADA, Reason.COMPLAINT, NOW)

    row = Suppression.objects.get()
    assert "example" not in row.address_hash
    assert len(row.address_hash) == 64


@pytest.mark.parametrize(("first", "second"), list(product(Reason, Reason)))
def test_a_wish_outranks_a_bounce_and_an_erasure_is_always_noted(first: Reason, second: Reason) -> None:
    suppress(ADA, first, NOW)
    suppress(ADA, second, NOW + timedelta(hours=1))

    rank = {Reason.HARD_BOUNCE: 0, Reason.ERASED: 2}
    assert suppressed([ADA])[ADA] == (second if rank.get(second, 1) > rank.get(first, 1) else first)


def test_asking_costs_two_queries_however_many(django_assert_num_queries: object) -> None:
    suppress(ADA, Reason.MANUAL, NOW)

    with django_assert_num_queries(2):  # type: ignore[operator]
        suppressed(f"customer{n}@example.com" for n in range(500))
    with django_assert_num_queries(0):  # type: ignore[operator]
        suppressed(["", ""])
