"""How much mail one person gets."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.caps import capped, recent_mails

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours_ago", "too_much"),
    [
        ([], False),
        ([0], True),
        ([15.99], True),
        ([16], False),
        ([17, 40], False),
        ([17, 40, 100], True),
        ([17, 40, 167.99], True),
        ([17, 40, 168], False),
        ([169, 170, 171, 172], False),
    ],
)
def test_one_mail_in_16_hours_and_three_in_a_week(hours_ago: list[float], too_much: bool) -> None:
    assert capped([NOW - h * HOUR for h in hours_ago], NOW) is too_much


@given(st.lists(st.integers(1, 48 * 60), max_size=40))
def test_whoever_obeys_the_cap_never_sends_more(steps: list[int]) -> None:
    sent: list[datetime] = []
    now = NOW
    for minutes in steps:
        now += timedelta(minutes=minutes)
        if not capped(sent, now):
            sent.append(now)

    for at in sent:
        assert sum(at <= other < at + 16 * HOUR for other in sent) == 1
        assert sum(at <= other < at + timedelta(days=7) for other in sent) <= 3


@pytest.mark.django_db
def test_all_mails_count_that_left_or_may_leave_and_none_that_was_refused() -> None:
    ada, bea = (Contact.objects.create(email=f"{name}@example.com", created_at=NOW) for name in ("ada", "bea"))
    for n, state in enumerate(Message.State):
        mail(ada, NOW - n * HOUR, state)
    mail(bea, NOW - timedelta(days=7), Message.State.SENT)
    mail(bea, NOW - timedelta(days=7) + SECOND, Message.State.SENT)

    recent = recent_mails([ada.pk, bea.pk, 0], NOW)

    assert len(recent[ada.pk]) == len(Message.State) - 1
    assert recent[bea.pk] == [NOW - timedelta(days=7) + SECOND]
    assert set(recent) == {ada.pk, bea.pk}


def mail(contact: Contact, at: datetime, state: Message.State) -> None:
    Message.objects.create(
        flow="abandoned_cart", subject_id=f"{contact.pk} {at}", step=0, contact=contact, content={}, state=state,
        created_at=at, next_attempt_at=at, expires_at=at,
        sending_at=at if state == Message.State.HELD else None,  # nobody knows whether it left
    )  # fmt: skip
