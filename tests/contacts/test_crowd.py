"""Whose thousands of orders are: the same contacts as of people who are met one by one."""

import random
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.contacts import crowd
from saleor_crm_plugin.contacts.address import PLAIN, hashes, normalise, pads
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact, Visitor
from tests.contacts.people import NOW, meet
from tests.contacts.test_identity import rolled_back

pytestmark = pytest.mark.django_db

ORDERS = "SELECT * FROM test_orders"
# Of each account the address that the shop has now; one has none that a mail could go to.
ACCOUNTS = {"1": "ada@example.com", "2": "Bea@Example.com", "3": "cleo@bücher.example", "4": "not an address"}
ADDRESSES = ("ada@example.com", " ADA@example.com\t", "bea@example.com", "dora@example.com", "dora@Example.COM",
             "cleo@xn--bcher-kva.example", "emil@bücher.example", "nobody", "", "gone@example.com")  # fmt: skip


def orders(*named: tuple[str, str | None]) -> None:
    """A table of orders that name their people so, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.test_orders, pg_temp.test_owners;"
            "CREATE TEMPORARY TABLE test_orders (order_id text, email text, user_id text, user_email text,"
            " language text, country text, placed_at timestamptz) ON COMMIT DROP;"
            "CREATE TEMPORARY TABLE test_owners (order_id text, contact_id bigint, odd boolean) ON COMMIT DROP"
        )
        for number, (email, user_id) in enumerate(named):
            cursor.execute(
                "INSERT INTO test_orders VALUES (%s, %s, %s, %s, 'de', 'DE', %s::timestamptz + %s * interval '1 hour')",
                [f"{number:03}", email, user_id, ACCOUNTS.get(user_id or "", ""), NOW, number],
            )


def owners() -> dict[str, Any]:
    """The order's number to its contact's address and account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT order_id, CASE WHEN id IS NOT NULL THEN coalesce(email, '-') || ' ' || coalesce(user_id, '-') END"
            " FROM test_owners LEFT JOIN crm_contact ON id = contact_id"
        )
        return dict(cursor.fetchall())


def known_as(contact: Contact | None) -> str | None:
    return f"{contact.email or '-'} {contact.user_id or '-'}" if contact else None


def person(email: str, user_id: str | None) -> Person:
    return Person(email=ACCOUNTS[user_id] if user_id else email, user_id=user_id or "")


named = st.tuples(st.sampled_from(ADDRESSES), st.none() | st.sampled_from(list(ACCOUNTS)))
before = st.lists(
    st.builds(Person, email=st.sampled_from(ADDRESSES[:6]), user_id=st.sampled_from(["", "1", "2", "3", "5"])),
    max_size=4,
)


@example([Person("dora@example.com", "1")], [("", "1"), ("dora@example.com", None)])
@example([Person("dora@example.com", "1")], [("dora@example.com", None), ("", "1")])
@given(before, st.lists(named, max_size=12))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_crowd_becomes_the_contacts_that_its_people_would_become_one_by_one(
    known: list[Person], crowd_of: list[tuple[str, str | None]]
) -> None:
    def outcome(together: bool) -> object:
        with rolled_back():
            erase([meet("gone@example.com")], NOW)
            for one in known:
                resolve([one], NOW)
            orders(*crowd_of)
            if together:
                crowd.meet(ORDERS, "test_owners", NOW)
                whose = owners()
            else:
                for number, one in enumerate(people := dict.fromkeys(person(*named) for named in crowd_of)):
                    resolve([replace(one, visitor_id=str(number))], NOW)  # what is a visitor's moves in a merge
                visitors = {int(v.visitor_id): v.contact for v in Visitor.objects.select_related("contact")}
                met = {one: visitors.get(number) for number, one in enumerate(people)}
                whose = {f"{n:03}": known_as(met[person(*named)]) for n, named in enumerate(crowd_of)}
            return whose, sorted(Contact.objects.values_list("email", "user_id"), key=str)

    assert outcome(together=True) == outcome(together=False)


@given(before, st.lists(named, max_size=8))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_was_met_is_recognised_and_nothing_changes(
    known: list[Person], crowd_of: list[tuple[str, str | None]]
) -> None:
    with rolled_back():
        for one in known:
            resolve([one], NOW)
        for _ in range(2):  # once more, since an address may have gone from one account to another by it
            orders(*crowd_of)
            crowd.meet(ORDERS, "test_owners", NOW)
        met, contacts = owners(), list(Contact.objects.order_by("pk").values())
        orders(*crowd_of)

        crowd.look(ORDERS, "test_owners", NOW)

        assert owners() == {order: who for order, who in met.items() if who is not None}
        assert list(Contact.objects.order_by("pk").values()) == contacts


def test_people_whom_nobody_has_met_are_recognised_as_nobody() -> None:
    orders(("ada@example.com", None), ("cleo@bücher.example", None), ("nobody", None), ("", None))

    crowd.look(ORDERS, "test_owners", NOW)

    assert owners() == {"000": None, "001": None}
    assert not Contact.objects.exists()


def test_plain_addresses_need_no_python(django_assert_num_queries: Any) -> None:
    meet("pepper@example.com")
    orders(*[(f"Customer{n}@example.com", None) for n in range(200)], ("", "1"), ("x", "2"))

    with django_assert_num_queries(3):
        assert crowd.meet(ORDERS, "test_owners", NOW) == []

    assert Contact.objects.count() == 203


def test_the_hash_of_an_address_is_the_same_in_a_statement() -> None:
    address = "ada@example.com"
    opad, ipad = pads()
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(sha256(%s || sha256(%s || %s::bytea)), 'hex')", [opad, ipad, address.encode()])
        assert cursor.fetchone() == (hashes([address])[address],)


letters = st.text("abz09_+-.@ÄßK é'\"%", min_size=1, max_size=12)
written = st.builds(lambda a, b, c: f"{a}@{b}.{c}", letters, letters, letters) | st.emails()


@given(written)
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first address is slow
def test_what_looks_plain_is_an_address_in_its_only_spelling(address: str) -> None:
    lowered = "".join(letter.lower() if letter.isascii() else letter for letter in address)
    if re.fullmatch(PLAIN, lowered) and len(lowered) <= 254:
        assert normalise(address) == lowered


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("ada@example.com", True),
        ("a.b+c_d-e@sub.example.co.uk", True),
        ("ada@xn--bcher-kva.example", True),
        (".ada@example.com", False),
        ("ada.@example.com", False),
        ("a..b@example.com", False),
        ("ada@-example.com", False),
        ("ada@example-.com", False),
        ("ada@example", False),
        ("ada@example.c", False),
        ("ada@example.123", False),
        ("ada@exa mple.com", False),
        ("ada@example.com\n", False),
        ("ada@" + "a" * 64 + ".com", False),
        ("ſmith@example.com", False),
    ],
)
def test_plain_means_the_same_to_the_database(address: str, plain: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ %s", [address, PLAIN])
        assert cursor.fetchone() == (plain,)
    assert bool(re.fullmatch(PLAIN, address)) is plain


def test_many_odd_people_are_met_in_the_order_of_their_orders() -> None:
    dice = random.Random(1)
    crowd_of = [(dice.choice(ADDRESSES), dice.choice([None, *ACCOUNTS])) for _ in range(300)]
    orders(*crowd_of)

    odd = crowd.meet(ORDERS, "test_owners", NOW)

    assert odd == sorted(odd)
    assert {owner for owner in owners().values() if owner} == {
        "ada@example.com 1", "bea@example.com 2", "cleo@xn--bcher-kva.example 3", "- 4", "dora@example.com -",
        "emil@xn--bcher-kva.example -", "gone@example.com -",
    }  # fmt: skip
