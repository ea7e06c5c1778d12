"""Codes of mails that did not leave: what was not said is not granted, and what may have been said is told apart."""

from collections.abc import Sequence

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails import send
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.render import RenderError
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.people.topic import PeopleSitting
from saleor_crm_plugin.flows.situation import Frozen
from saleor_crm_plugin.flows.withdraw import decide_again
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_loyal import ADA, BOB, crosses, decided, shop, to
from tests.flows.people.test_table import buys
from tests.road import Road

__all__ = ["shop"]


def breaks(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner's template can't be filled in."""

    def broken(*args: object) -> None:
        raise RenderError("loyal_voucher in de: There is no such value.")

    monkeypatch.setattr(send, "render", broken)


def test_a_mail_that_can_not_be_made_gives_its_code_back_at_once(shop: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    shop.set(voucher_tiers="B = 15 %, at most 1")
    crosses(shop, "B")
    breaks(shop, monkeypatch)
    # when
    shop.work()
    # then
    assert Message.objects.get().state == Message.State.HELD
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK
    monkeypatch.undo()
    crosses(shop, "B", BOB)
    assert to(shop.work()) == [BOB]


def test_a_mail_that_can_not_be_made_says_so_and_counts_for_no_cap(shop: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    shop.set(flows="loyal_b = on\ncross_sell = on, 1 h")
    crosses(shop, "B")
    breaks(shop, monkeypatch)
    shop.work()
    told = "\n".join(explain(ADA, parse(shop.shop.configuration()).time_zone))
    assert "could not be made, so that it did not leave" in told
    assert "nobody knows" not in told
    # when
    monkeypatch.undo()
    buys(shop, shop.make_product("Scarf")[0])
    shop.work()
    shop.wait(hours=1, minutes=5)
    # then
    assert [str(mail["Feedback-ID"]).split(":")[0] for mail in shop.work()] == ["cross_sell"]


def test_a_mail_that_is_put_right_and_sent_again_has_a_new_code(shop: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    crosses(shop, "B")
    breaks(shop, monkeypatch)
    shop.work()
    first = Grant.objects.get().code
    monkeypatch.undo()
    # when
    assert decide_again([Message.objects.get().pk], shop.now) == 1
    (mail,) = shop.work()
    # then
    new = Grant.objects.get(state=Grant.State.GRANTED).code
    assert new in text_of(mail)
    assert new != first
    assert first not in text_of(mail)


def test_a_sweep_gives_back_what_a_mail_that_can_not_be_made_kept(shop: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a worker that died between holding the mail and giving the code back
    crosses(shop, "B")
    breaks(shop, monkeypatch)
    monkeypatch.setattr(work, "give_back_unmade", lambda mail, now: None)
    shop.work(work.enter_flows, work.decide, work.deliver)
    assert Grant.objects.get().state == Grant.State.GRANTED
    # when
    shop.work(work.end_vouchers)
    # then
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK


def test_a_code_of_a_mail_that_may_have_left_is_good_for_as_long_as_the_mail_says(shop: Road) -> None:
    # given
    crosses(shop, "B")
    shop.work(work.enter_flows, work.decide)
    Message.objects.update(state=Message.State.SENDING, sending_at=shop.now)
    shop.wait(hours=1)
    shop.work()
    assert Message.objects.get().state == Message.State.HELD
    assert Grant.objects.get().state == Grant.State.GRANTED
    told = "\n".join(explain(ADA, parse(shop.shop.configuration()).time_zone))
    assert "nobody knows whether it left" in told
    # when
    shop.wait(days=6)
    shop.work(work.end_vouchers)
    # then
    assert Grant.objects.get().state == Grant.State.GRANTED
    shop.wait(days=3)
    shop.work(work.end_vouchers)
    assert Grant.objects.get().state == Grant.State.EXPIRED


def test_a_code_of_a_mail_that_was_refused_is_given_back_when_its_time_is_over(shop: Road) -> None:
    # given
    crosses(shop, "B")
    shop.work(work.enter_flows, work.decide)
    Message.objects.update(state=Message.State.FAILED, sending_at=shop.now)
    shop.wait(days=2)
    shop.work(work.end_vouchers)
    assert Grant.objects.get().state == Grant.State.GRANTED
    # when
    shop.wait(days=2)
    shop.work(work.end_vouchers)
    # then
    assert Grant.objects.get().state == Grant.State.GIVEN_BACK


def test_a_mail_that_can_not_be_written_down_takes_no_place_from_another(
    shop: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two mails that are due at once, of which the more important one fails
    shop.set(flows="welcome = on, 7 d\ncross_sell = on, 7 d")
    buys(shop, shop.make_product("Hat")[0], email="cleo@example.com")
    shop.work(work.enter_flows)
    written = PeopleSitting.frozen

    def broken(sitting: PeopleSitting, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        if run.flow == "welcome":
            raise ValueError("A block can't be read.")
        return written(sitting, run, contact, also)

    monkeypatch.setattr(PeopleSitting, "frozen", broken)
    # when
    shop.wait(days=7, minutes=1)
    (mail,) = shop.work()
    # then
    assert mail["Feedback-ID"].startswith("cross_sell:")
    assert decided("welcome") == [("failed", "error")]
