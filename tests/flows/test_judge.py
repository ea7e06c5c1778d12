"""The rules of one due step: every reason, and which of two comes first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.config import Settings
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.flows.abandoned_cart import situation
from saleor_crm_plugin.flows.catalogue import ABANDONED_CART
from saleor_crm_plugin.flows.judge import LOOK_AGAIN, LOOK_AGAIN_AT_LAST, Case, Verdict, judge
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.reasons import SENTENCES, Reason
from saleor_crm_plugin.flows.situation import Situation
from saleor_crm_plugin.shop.port import Cart, CartLine, PricedCart, PricedLine
from tests.road import Road

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEFT_AT = NOW - timedelta(hours=5)
DUE_AT = LEFT_AT + timedelta(hours=4)
NIGHT = NOW.replace(hour=23)
HELD_OUT, TREATED = UUID(int=1), UUID(int=0)  # at 10 percent (test_holdout.py)

LINE = CartLine("l1", "v1", "p1", 2, Decimal("80"))
PRICED_LINE = PricedLine(
    "l1", "v1", "p1", 2, "Linen shirt", "M", Decimal("40"), Decimal("50"), Decimal("80"), "", "linen-shirt", True
)


@dataclass
class Given:
    """All that a judgement is made of: one that says yes, where nothing is changed."""

    settings: Settings
    case: Case
    now: datetime
    cart: Cart | None
    priced: PricedCart | None
    ordered: bool = False

    def change(self, **values: object) -> None:
        self.case = replace(self.case, **values)

    def change_cart(self, **values: object) -> None:
        if self.cart:
            self.cart = replace(self.cart, **values)

    def set(self, **values: object) -> None:
        self.settings = replace(self.settings, **values)

    def judged(self) -> Verdict:
        now = situation(self.cart, self.priced, Reason.ORDERED if self.ordered else None)
        return judge(replace(self.case, situation=now), self.settings, self.now)


def fine() -> Given:
    cart = Cart(
        id="c1", email="Ada@example.com", user_id=None, user_email="", channel="eu", currency="EUR", language="de",
        country="DE", created_at=LEFT_AT, changed_at=LEFT_AT, lines=(LINE,), total=Decimal("80"), consent=None,
        visitor_id="",
    )  # fmt: skip
    case = Case(
        run=Enrolment(flow="abandoned_cart", subject_id="c1", basis=LEFT_AT, planned_at=DUE_AT, due_at=DUE_AT),
        flow=ABANDONED_CART,
        contact=Contact(key=TREATED, email="ada@example.com", consented=True),
        situation=Situation(),
        said=False,
        suppressed=None,
        mails=[],
    )
    raw = {
        "abandoned_cart_enabled": True, "storefront_url": "https://s.example", "sender_address": "a@s.example",
    }  # fmt: skip
    return Given(config.parse(raw), case, NOW, cart, PricedCart("c1", "EUR", "Ada", (PRICED_LINE,), Decimal("80")))


def contact_is(**values: object) -> Callable[[Given], None]:
    def change(given: Given) -> None:
        if given.case.contact:
            for name, value in values.items():
                setattr(given.case.contact, name, value)

    return change


def sold_out(given: Given) -> None:
    if given.priced:
        given.priced = replace(given.priced, lines=(replace(PRICED_LINE, available=False),))


def a_day_too_late(given: Given) -> None:
    given.case.run.basis = NOW - timedelta(hours=28, seconds=1)
    given.case.run.planned_at = given.case.run.basis + timedelta(hours=4)
    given.change_cart(changed_at=given.case.run.basis)


# What speaks against a mail, in the order in which it counts: of two, the first is the reason.
AGAINST: list[tuple[str, Reason, Callable[[Given], None]]] = [
    ("skipped", Reason.FLOW_OFF, lambda g: g.set(abandoned_cart_enabled=False)),
    ("skipped", Reason.ORDERED, lambda g: setattr(g, "ordered", True)),
    ("skipped", Reason.CART_GONE, lambda g: setattr(g, "cart", None)),
    ("skipped", Reason.CART_EMPTIED, lambda g: g.change_cart(lines=())),
    ("skipped", Reason.NO_EMAIL, lambda g: g.change(contact=None)),
    ("skipped", Reason.ALREADY_SAID, lambda g: g.change(said=True)),
    ("moved", Reason.CART_CHANGED, lambda g: g.change_cart(changed_at=NOW - timedelta(hours=1))),
    ("skipped", Reason.TOO_LATE, a_day_too_late),
    ("moved", Reason.EMAIL_CHANGED, contact_is(email="other@example.com")),
    ("skipped", Reason.SUPPRESSED, lambda g: g.change(suppressed=Suppression.Reason.COMPLAINT)),
    ("skipped", Reason.NO_CONSENT, contact_is(consented=False)),
    ("skipped", Reason.NOT_ON_ALLOW_LIST, lambda g: g.set(allow_list=("@staff.example",))),
    ("moved", Reason.NO_PRICE, lambda g: setattr(g, "priced", None)),
    ("skipped", Reason.SOLD_OUT, sold_out),
    ("moved", Reason.QUIET_HOURS, lambda g: setattr(g, "now", NIGHT)),
    ("skipped", Reason.CAPPED, lambda g: g.change(mails=[g.now - timedelta(hours=1)])),
    ("held_out", Reason.HOLDOUT, contact_is(key=HELD_OUT)),
]
# Those after which the run is over until its cart changes; after the other skips its next step has its chance.
ENDS = {
    Reason.FLOW_OFF, Reason.ORDERED, Reason.CART_GONE, Reason.CART_EMPTIED, Reason.NO_EMAIL, Reason.SUPPRESSED,
    Reason.NO_CONSENT, Reason.NOT_ON_ALLOW_LIST, Reason.SOLD_OUT,
}  # fmt: skip
# Pairs of which the second makes the first untrue.
IMPOSSIBLE = {(Reason.CART_CHANGED, Reason.TOO_LATE), (Reason.CART_CHANGED, Reason.QUIET_HOURS)}


def test_a_mail_is_sent_when_it_is_time_and_nothing_speaks_against_it() -> None:
    assert fine().judged() == Verdict("sent", Reason.DUE, basis=LEFT_AT, planned_at=DUE_AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(("outcome", "reason", "spoil"), AGAINST, ids=[reason for _, reason, _ in AGAINST])
def test_each_reason_is_found(outcome: str, reason: Reason, spoil: Callable[[Given], None]) -> None:
    given = fine()
    spoil(given)

    verdict = given.judged()

    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert verdict.ends == (reason in ENDS)
    assert (verdict.again_at is not None) == (outcome == "moved")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(one, other, id=f"{one[1]} before {other[1]}")
        for one, other in combinations(AGAINST, 2)
        if (one[1], other[1]) not in IMPOSSIBLE
    ],
)
def test_of_two_reasons_the_weightier_is_told(
    first: tuple[str, Reason, Callable[[Given], None]], second: tuple[str, Reason, Callable[[Given], None]]
) -> None:
    given = fine()
    second[2](given)
    first[2](given)

    assert given.judged().reason == first[1]


def test_a_cart_that_the_shop_no_longer_has_needs_no_reminder() -> None:
    given = fine()
    given.cart = None

    assert given.judged() == Verdict("skipped", Reason.CART_GONE, ends=True)  # type: ignore[arg-type]


def test_a_cart_that_was_used_meanwhile_is_waited_for_from_then_on() -> None:
    given = fine()
    given.change_cart(changed_at=NOW - timedelta(hours=1))

    verdict = given.judged()

    assert verdict.basis == NOW - timedelta(hours=1)
    assert verdict.again_at == NOW + timedelta(hours=3)


def test_a_cart_that_was_used_long_enough_ago_is_answered_now() -> None:
    given = fine()
    given.case.run.basis = LEFT_AT - timedelta(hours=2)

    assert given.judged() == Verdict("sent", Reason.DUE, basis=LEFT_AT, planned_at=DUE_AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(("late", "reason"), [(timedelta(0), Reason.DUE), (timedelta(seconds=1), Reason.TOO_LATE)])
def test_a_mail_keeps_for_a_day(late: timedelta, reason: Reason) -> None:
    given = fine()
    given.case.run.basis = NOW - timedelta(hours=28) - late
    given.case.run.planned_at = NOW - timedelta(hours=24) - late
    given.change_cart(changed_at=given.case.run.basis)

    assert given.judged().reason == reason


@pytest.mark.parametrize(
    "line",
    [
        replace(PRICED_LINE, quantity=1),
        replace(PRICED_LINE, variant_id="v2"),
        replace(PRICED_LINE, line_id="l2"),
    ],
)
def test_prices_of_another_cart_than_this_are_none(line: PricedLine) -> None:
    given = fine()
    given.priced = replace(given.priced, lines=(line,))  # type: ignore[type-var]

    verdict = given.judged()

    assert (verdict.reason, verdict.again_at) == (Reason.NO_PRICE, NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("hours_late", "wait"),
    [(0, LOOK_AGAIN), (1, timedelta(minutes=30)), (3, timedelta(minutes=90)), (20, LOOK_AGAIN_AT_LAST)],
)
def test_what_can_not_be_known_is_asked_less_and_less(hours_late: int, wait: timedelta) -> None:
    given = fine()
    given.priced = None
    given.case.run.planned_at = NOW - timedelta(hours=hours_late)

    assert given.judged().again_at == NOW + wait


def test_a_longer_delay_holds_for_those_who_wait_already() -> None:
    given = fine()
    given.set(abandoned_cart_delay=timedelta(days=2))

    verdict = given.judged()

    assert (verdict.outcome, verdict.reason) == ("moved", Reason.DELAY_CHANGED)
    assert verdict.again_at == verdict.planned_at == LEFT_AT + timedelta(days=2)


def test_a_shorter_delay_does_not_make_those_too_late_who_wait_already() -> None:
    given = fine()
    given.case.run.basis = NOW - timedelta(days=3)
    given.case.run.planned_at = NOW
    given.change_cart(changed_at=given.case.run.basis)

    assert given.judged().reason == Reason.DUE


def test_a_step_that_this_version_does_not_have_ends_the_run() -> None:
    given = fine()
    given.case.run.next_step = 2

    assert given.judged() == Verdict("skipped", Reason.FLOW_OFF, ends=True)  # type: ignore[arg-type]


def test_one_line_that_can_be_had_is_enough() -> None:
    given = fine()
    gone = replace(PRICED_LINE, line_id="l2", available=False)
    given.change_cart(lines=(LINE, replace(LINE, line_id="l2")))
    given.priced = replace(given.priced, lines=(gone, PRICED_LINE))  # type: ignore[type-var]

    assert given.judged().reason == Reason.DUE


@pytest.mark.parametrize(
    ("country", "zone", "hour", "reason"),
    [
        ("DE", "UTC", 7, Reason.DUE),  # 8 in Berlin
        ("DE", "UTC", 6, Reason.QUIET_HOURS),
        ("US", "UTC", 12, Reason.QUIET_HOURS),  # 7 in New York
        ("US", "UTC", 14, Reason.DUE),
        ("", "Asia/Tokyo", 12, Reason.QUIET_HOURS),  # 21 in Tokyo
        ("", "Asia/Tokyo", 11, Reason.DUE),
    ],
)
def test_night_is_where_the_customer_lives(country: str, zone: str, hour: int, reason: Reason) -> None:
    given = fine()
    given.set(time_zone=config.parse({"time_zone": zone}).time_zone)
    given.change_cart(country=country)
    given.now = NOW.replace(hour=hour)
    given.case.run.basis = given.now - timedelta(hours=5)
    given.change_cart(changed_at=given.case.run.basis)

    assert given.judged().reason == reason


def test_an_arm_once_set_stays_whatever_the_percentage_is_now() -> None:
    given = fine()
    given.set(holdout_percent=50)
    given.case.run.arm = Enrolment.Arm.TREATED
    contact_is(key=HELD_OUT)(given)
    treated = given.judged()

    given.case.run.arm = Enrolment.Arm.HOLDOUT
    contact_is(key=TREATED)(given)
    given.set(holdout_percent=0)

    assert (treated.reason, given.judged().reason) == (Reason.DUE, Reason.HOLDOUT)


def test_the_allow_list_is_asked_for_the_address_that_would_be_written_to() -> None:
    given = fine()
    given.set(allow_list=("ada@example.com",))

    assert given.judged().reason == Reason.DUE


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_a_run_whose_contact_was_erased_ends(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    erase(list(Contact.objects.all()), road.now)
    road.wait(hours=5)

    assert road.work() == []
    assert road.reasons(cart) == [("skipped", "no_email")]
    assert road.run_of(cart).state == Enrolment.State.FINISHED
