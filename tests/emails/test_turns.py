"""Which mails leave first: those that answer a person do, and bulk mails get through all the same."""

from datetime import timedelta
from uuid import uuid4

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.emails import outbox, send
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.campaigns.send import refill
from tests.emails.test_smtp import due
from tests.flows.campaigns.newsletters import people, scheduled, settings
from tests.road import Road


def waiting(road: Road, answers: int, bulk: int) -> None:
    """So many mails of both kinds, the bulk ones before."""
    due(road, *[f"{number}@example.com" for number in range(answers + bulk)])
    first = Message.objects.order_by("pk").values("pk")[:bulk]
    Message.objects.filter(pk__in=first).update(bulk=True, next_attempt_at=road.now - timedelta(hours=1))


def turns(road: Road, limit: int) -> str:
    """The order in which a worker takes mails: a for an answer, b for a bulk mail."""
    return "".join("b" if message.bulk else "a" for message in outbox.reserve(uuid4(), road.now, limit))


def test_a_mail_that_answers_a_person_leaves_before_bulk_mails_that_waited_longer(road: Road) -> None:
    waiting(road, answers=2, bulk=8)
    assert turns(road, 5) == "aabbb"


def test_bulk_mails_get_their_share_however_many_others_are_due(road: Road) -> None:
    waiting(road, answers=30, bulk=5)
    assert turns(road, 20) == "aaaaaaaaab" * 2


def test_bulk_mails_alone_leave_as_many_at_a_time_as_any(road: Road) -> None:
    waiting(road, answers=0, bulk=8)
    assert turns(road, 6) == "bbbbbb"


def test_no_mail_is_taken_twice_or_forgotten(road: Road) -> None:
    waiting(road, answers=30, bulk=10)
    taken = [message.pk for _ in range(10) for message in outbox.reserve(uuid4(), road.now, 7)]
    assert sorted(taken) == sorted(Message.objects.values_list("pk", flat=True))


def test_a_cart_leaves_before_the_rest_of_a_newsletter(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "BATCH", 20)
    monkeypatch.setattr(send, "CHUNK", 10)
    people(60)
    road.set(sending_connections="1")
    scheduled(road)
    road.work(work.run_campaigns)
    (shirt,) = road.make_product()
    road.cart(shirt)
    road.work(work.process_inbox)
    road.wait(hours=5)
    refill(road.shop, settings(road), road.now)
    road.wait(seconds=1)
    road.work(work.decide)

    mails = road.work(work.deliver)

    assert len(mails) == 61
    assert mails[0]["To"] == "ada@example.com"


def test_a_newsletter_begins_while_other_mails_never_end(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "BATCH", 10)
    monkeypatch.setattr(send, "CHUNK", 5)
    people(30)
    road.set(sending_connections="1")
    due(road, *[f"{number}@example.com" for number in range(40)])
    scheduled(road)
    road.work(work.run_campaigns)

    names = [str(mail["To"]) for mail in road.work(work.deliver)]

    assert len(names) == 70
    assert any(name.startswith("reader") for name in names[:30])
