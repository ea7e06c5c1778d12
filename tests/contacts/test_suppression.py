"""Suppression: a hash of the address, with the reason that counts most."""

from datetime import timedelta
from itertools import permutations, product

import pytest

from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import WISHES, lift, suppress, suppressed, wish
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
def test_what_lasts_outranks_what_may_be_taken_back(first: Reason, second: Reason) -> None:
    suppress(ADA, first, NOW)
    suppress(ADA, second, NOW + timedelta(hours=1))

    rank = {Reason.HARD_BOUNCE: 0, Reason.UNSUBSCRIBED: 1, Reason.ERASED: 3}
    noted = second if rank.get(second, 2) > rank.get(first, 2) else first
    assert Suppression.objects.get().reason == noted
    assert wish(ADA) == (noted if noted in WISHES else None)


@pytest.mark.parametrize("said", list(permutations([Reason.HARD_BOUNCE, Reason.UNSUBSCRIBED])))
def test_who_unsubscribed_at_a_missing_mailbox_is_suppressed_for_the_mailbox(said: tuple[Reason, Reason]) -> None:
    for reason in said:
        suppress(ADA, reason, NOW)

    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}


@pytest.mark.parametrize("said", list(permutations([Reason.HARD_BOUNCE, Reason.UNSUBSCRIBED])))
def test_coming_back_lifts_no_bounce(said: tuple[Reason, Reason]) -> None:
    for hours, reason in enumerate(said):
        suppress(ADA, reason, NOW + timedelta(hours=hours))

    lift(ADA)

    assert suppressed([ADA]) == {ADA: Reason.HARD_BOUNCE}
    assert Suppression.objects.get().at == NOW + timedelta(hours=said.index(Reason.HARD_BOUNCE))


def test_who_unsubscribed_comes_back() -> None:
    suppress(ADA, Reason.UNSUBSCRIBED, NOW)

    lift(ADA)

    assert not Suppression.objects.exists()


def test_asking_costs_two_queries_however_many(django_assert_num_queries: object) -> None:
    suppress(ADA, Reason.MANUAL, NOW)

    with django_assert_num_queries(2):  # type: ignore[operator]
        suppressed(f"customer{n}@example.com" for n in range(500))
    with django_assert_num_queries(0):  # type: ignore[operator]
        suppressed(["", ""])
