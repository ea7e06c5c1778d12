"""After an erasure nothing names the person any more, and the sums stay."""

from decimal import Decimal

from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.flows.report import report
from saleor_crm_plugin.webhooks import inbox
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.road import AGREED, Road

PERSON = ("quill", "ophelia.quill@example.com", "Ophelia")


def where_named(*words: str) -> list[str]:
    """The columns of our tables in which one of the words stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_name LIKE 'crm\\_%%' AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY')"
        )
        columns = cursor.fetchall()
        assert len(columns) > 30
        named = []
        for table, column in columns:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s)', [[f"%{w}%" for w in words]]
            )
            if cursor.fetchone()[0]:
                named.append(f"{table}.{column}")
    return named


def a_customers_life(road: Road) -> str:
    """An account with a mail that was sent, one that was refused, an order and an open cart. Returns its id."""
    (shirt,) = road.make_product()
    user = road.make_customer(PERSON[1], first_name="Ophelia")
    bought = road.cart(shirt, email=PERSON[1], user_id=user)
    road.work()
    road.wait(hours=5)
    assert len(road.work()) == 1
    road.place_order(bought)
    road.wait(days=3)
    road.cart(shirt, email=PERSON[1], user_id=user)
    road.work()
    road.wait(hours=5)
    road.sink.on_data = lambda mail: f"554 5.7.1 <{PERSON[1]}>: go away"
    road.work()
    road.sink.on_data = lambda mail: None
    inbox.hint(InboxItem.Kind.CART, ["c1"], road.now)
    inbox.process({InboxItem.Kind.CART: fails}, work.now)
    return user


def fails(ids: object, now: object) -> None:
    raise ValueError(f"duplicate key: Key (email)=({PERSON[1]}) already exists.")


def test_no_table_names_an_erased_person(road: Road) -> None:
    a_customers_life(road)
    assert {"crm_contact.email", "crm_message.recipient", "crm_message.content"} <= set(where_named(*PERSON))

    erase(list(Contact.objects.all()), road.now)

    assert where_named(*PERSON) == []
    assert suppressed([PERSON[1]]) == {PERSON[1]: Suppression.Reason.ERASED}


def test_no_error_that_is_stored_names_a_person(road: Road) -> None:
    a_customers_life(road)

    assert not {"crm_inbox.error", "crm_message.error"} & set(where_named(PERSON[1]))


def test_the_sums_stay(road: Road) -> None:
    a_customers_life(road)
    before, *_ = report()

    erase(list(Contact.objects.all()), road.now)

    assert report()[0] == before
    assert before.treated.revenue == {"EUR": Decimal("40")}
    assert Purchase.objects.get().contact_id is None


def test_who_deletes_the_account_in_the_shop_is_erased_and_stays_so(road: Road) -> None:
    user = a_customers_life(road)
    road.delete_customer(user)
    road.work()
    assert where_named(*PERSON) == []

    road.cart(*road.make_product(), email=PERSON[1], metadata=AGREED)
    road.work()
    road.wait(hours=5)

    assert road.work() == []
    assert where_named(*PERSON) == []


def test_a_mail_that_waits_is_not_sent_to_an_erased_person(road: Road) -> None:
    road.cart(*road.make_product(), email=PERSON[1])
    road.work()
    road.wait(hours=5)
    road.work(work.decide)

    erase(list(Contact.objects.all()), road.now)

    assert road.work() == []


def test_erasing_nobody_does_nothing(db: None) -> None:
    from tests.contacts.people import NOW

    erase([], NOW)

    assert not Suppression.objects.exists()
