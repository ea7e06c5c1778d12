"""Several flows on at once in real Saleor: what one customer gets of two vouchers, and a night with everything on."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

from saleor.discount.models import Voucher

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.catalogue import ABANDONED_CART, OUT_OF_STOCK, PEOPLE
from saleor_crm_plugin.flows.holdout import held_out
from saleor_crm_plugin.flows.reasons import SENTENCES, Reason
from saleor_crm_plugin.vouchers.models import Grant
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.moved import MAIL, NEWS, Moved, body
from tests.saleor.services import Sink

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERYTHING = {
    "abandoned_cart_enabled": True,
    "out_of_stock_enabled": True,
    "back_in_stock_enabled": True,
    "price_drop_enabled": True,
    "flows": "\n".join(f"{flow.key} = on" for flow in PEOPLE),
    "holdout_percent": "10",
    "quiet_hours": "21:00-08:00",
}
BERLIN = ZoneInfo("Europe/Berlin")


def flow_of(mail: EmailMessage) -> str:
    return str(mail["Feedback-ID"]).split(":")[0]


def test_who_crosses_b_and_then_a_gets_fifteen_and_then_twenty_percent_and_is_reminded_of_the_better(
    driver: SaleorDriver, askers: Askers, sink: Sink
) -> None:
    # given Ada, and Bob who stays below
    here = Moved(driver, askers, sink, flows="loyal_a = on\nloyal_b = on")
    here.buys(here.product("Hat"), email="bob@example.com")
    # when she spends more, and more
    mails = []
    for price in (250, 350):
        here.buys(here.product("Coat", price=price))
        here.run(work.refresh_segments)
        mails += here.run(*NEWS, *MAIL)
        here.wait(DAY)
    # then
    fifteen, twenty = mails
    codes = {grant.tier: grant.code for grant in Grant.objects.all()}
    assert [mail["To"] for mail in mails] == ["ada@example.com"] * 2
    assert codes["B"] in body(fifteen)
    assert "15" in str(fifteen["Subject"])
    assert codes["A"] in body(twenty)
    assert "20" in str(twenty["Subject"])
    # and when the time of both reminders has come
    reminders = []
    for _ in range(5):
        here.wait(DAY)
        reminders += here.run(*NEWS, *MAIL)
    # then
    (reminder,) = reminders
    assert codes["A"] in body(reminder)
    assert codes["B"] not in body(reminder)
    assert SENTENCES[Reason.BETTER_CODE] in here.told()
    # and a checkout takes the code, once (Saleor's own clock is not moved: there the code's time has not begun)
    Voucher.objects.update(start_date=datetime.now(UTC) - DAY)
    order = here.buys(here.product("Scarf"), code=codes["A"])
    used = Grant.objects.get(tier="A")
    assert (used.state, used.redeemed_order_id) == (Grant.State.REDEEMED, order)
    assert not driver.add_code(here.cart(here.product("Hat")), codes["A"])
    assert not Grant.objects.exclude(contact__email="ada@example.com").exists()


def test_with_everything_on_nobody_is_written_to_at_night_nor_twice_and_who_is_held_out_not_at_all(
    driver: SaleorDriver, askers: Askers, sink: Sink
) -> None:
    # given carts that were left in the evening
    here = Moved(driver, askers, sink, **EVERYTHING)
    here.wait(here.now().astimezone(BERLIN).replace(hour=19, minute=0) + DAY - here.now())
    held, left, sold_out, ordered = (f"{who}@example.com" for who in ("held", "left", "soldout", "ordered"))
    shirts = {email: here.product(stock=5) for email in (held, left, sold_out, ordered)}
    carts = {email: here.cart(shirt, email=email) for email, shirt in shirts.items()}
    here.run(*NEWS)
    for email in shirts:
        Contact.objects.filter(email=email).update(key=key_of_one(chosen=email == held))
    # when the night passes
    at_night = []
    for hour in range(12):
        here.wait(HOUR)
        if hour == 3:
            here.orders(carts[ordered])
            driver.sell_out(shirts[sold_out])
        at_night += here.run(*NEWS, *MAIL)
    assert here.now().astimezone(BERLIN).hour < 8
    assert at_night == []
    here.wait(2 * HOUR)
    morning = here.run(*NEWS, *MAIL)
    here.wait(2 * HOUR)
    # then
    assert {str(mail["To"]): flow_of(mail) for mail in morning} == {
        left: ABANDONED_CART.key,
        sold_out: OUT_OF_STOCK.key,
    }
    assert len(morning) == 2
    assert here.run(*NEWS, *MAIL) == []
    assert SENTENCES[Reason.QUIET_HOURS] in here.told(left)
    assert SENTENCES[Reason.HOLDOUT] in here.told(held)
    assert "Ordered:" in here.told(ordered)


def key_of_one(chosen: bool) -> UUID:
    """The key of somebody who is held out of carts and stock, or of neither."""
    for number in count(1):
        key = UUID(int=number)
        if {held_out(key, flow.key, 10) for flow in (ABANDONED_CART, OUT_OF_STOCK)} == {chosen} and key not in _USED:
            _USED.add(key)
            return key
    raise AssertionError


_USED: set[UUID] = set()
