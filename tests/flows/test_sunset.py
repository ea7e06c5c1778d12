"""Who never answers gets fewer mails, and then none: until the next click, order, consent or choice."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.contacts.preferences.models import MailKind, Preference
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.reasons import Reason
from saleor_crm_plugin.flows.wishes import NONE, Wishes, too_often, unwanted, wishes
from tests.road import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RULES = config.parse({"link_clicks": True, "storefront_url": "https://s.example", "sunset": "3, 5"})


def somebody(name: str) -> Contact:
    return Contact.objects.create(email=f"{name}@example.com", consented=True, created_at=NOON - 300 * DAY)


def mail(contact: Contact, age: timedelta, **values: object) -> Message:
    made: dict[str, object] = {
        "flow": "abandoned_cart", "subject_id": f"{contact.pk} {age}", "step": 0, "state": Message.State.SENT,
        "created_at": NOON - age, "next_attempt_at": NOON, "expires_at": NOON, "content": {},
    }  # fmt: skip
    return Message.objects.create(contact=contact, **{**made, **values})


def click(message: Message, age: timedelta, by: str = "person") -> None:
    Response.objects.create(message=message, contact=message.contact, kind="click", by=by, at=NOON - age)


@pytest.fixture
def ada() -> Contact:
    """Somebody who got four mails in a shop that has counted clicks for long."""
    bob = somebody("bob")
    click(mail(bob, 200 * DAY), 200 * DAY)
    ada = somebody("ada")
    for n in range(4):
        mail(ada, (10 + n) * DAY)
    return ada


def unanswered(contact: Contact) -> int:
    return wishes([contact.pk], RULES).get(contact.pk, NONE).unanswered


def test_mails_without_an_answer_are_counted(ada: Contact) -> None:
    assert unanswered(ada) == 4


def test_they_are_counted_no_further_than_the_rule_asks(ada: Contact) -> None:
    for n in range(20):
        mail(ada, (20 + n) * DAY)

    assert unanswered(ada) == 5


def test_a_persons_click_begins_anew_and_a_programs_does_not(ada: Contact) -> None:
    newest = ada.messages.latest("created_at")
    click(newest, 9 * DAY, by="machine")
    assert unanswered(ada) == 4

    click(newest, 9 * DAY)
    assert unanswered(ada) == 0


def test_an_order_begins_anew(ada: Contact) -> None:
    Purchase.objects.create(
        order_id="1", contact=ada, channel="eu", currency="EUR", language="de", total=1, refunded=0, real=True,
        paid=True, placed_at=NOON - 11.5 * DAY, changed_at=NOON,
    )  # fmt: skip

    assert unanswered(ada) == 2


def test_a_consent_begins_anew(ada: Contact) -> None:
    ConsentRecord.objects.create(contact=ada, granted=True, source="preferences", at=NOON - DAY)

    assert unanswered(ada) == 0


def test_a_choice_begins_anew(ada: Contact) -> None:
    Preference.objects.create(contact=ada, changed_at=NOON - DAY)

    assert unanswered(ada) == 0


@pytest.mark.parametrize("values", [{"flow": "back_in_stock"}, {"state": "failed"}, {"state": "queued"}])
def test_mails_that_were_asked_for_or_did_not_leave_do_not_count(ada: Contact, values: dict[str, str]) -> None:
    mail(ada, 5 * DAY, **values)

    assert unanswered(ada) == 4


def test_mails_from_before_clicks_were_counted_do_not_count() -> None:
    ada = somebody("ada")
    for n in range(4):
        mail(ada, (10 + n) * DAY)
    assert unanswered(ada) == 0

    click(mail(somebody("bob"), 12.5 * DAY), 12.5 * DAY)
    assert unanswered(ada) == 3


@pytest.mark.parametrize(
    ("count", "kind", "often"),
    [
        (2, None, None),
        (3, None, Reason.UNANSWERED_WEEKLY),
        (4, None, Reason.UNANSWERED_WEEKLY),
        (5, Reason.UNANSWERED, Reason.UNANSWERED_WEEKLY),
    ],
)
def test_first_fewer_then_none(count: int, kind: Reason | None, often: Reason | None) -> None:
    told = Wishes(unanswered=count)

    assert unwanted(MailKind.CART, told, RULES) == kind
    assert too_often(told, [NOON - 3 * DAY], RULES, NOON) == often
    assert too_often(told, [NOON - 8 * DAY], RULES, NOON) is None


def test_without_a_rule_nobody_is_counted(ada: Contact) -> None:
    assert wishes([ada.pk], config.parse({})) == {}


def test_the_rule_needs_clicks_to_be_counted() -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.parse({"sunset": "10, 20"})

    assert list(caught.value.problems) == ["sunset"]
