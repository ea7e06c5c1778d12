"""A shop whose clock is moved: customers and staff act by Saleor's mutations, our jobs run when the clock says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from io import StringIO
from uuid import UUID

from django.core.management import call_command
from saleor.account.models import User
from saleor.order.models import Order

from saleor_crm_plugin import work
from saleor_crm_plugin.shop.port import get_shop
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink

# In the order in which news becomes mail. Hooks alone bring news: nothing is swept but stock.
NEWS: tuple[work.Job, ...] = (work.process_inbox, work.sweep_stock, work.notice_views, work.enter_flows)
MAIL: tuple[work.Job, ...] = (work.decide, work.deliver)


class Moved:
    """The shop, Ada, and how far the clock was moved on."""

    def __init__(self, driver: SaleorDriver, askers: Askers, sink: Sink, **settings: object) -> None:
        switch_on(driver, sink, **settings)
        self.driver, self.sink, self._askers = driver, sink, askers
        self._moved = timedelta()
        self.user_id = driver.make_customer("ada@example.com")
        self.run(work.refresh_segments)
        sink.clear()

    def now(self) -> datetime:
        """What the clock says."""
        return datetime.now(UTC) + self._moved

    def wait(self, time: timedelta) -> None:
        """Move the clock on."""
        self._moved += time

    def ada(self) -> GraphQL:
        """Ada, logged in."""
        User.objects.filter(pk=self.user_id).update(is_active=True)
        return self._askers.customer(self.user_id)

    def cart(self, *variants: str, email: str = "ada@example.com", agreed: bool = True) -> str:
        """A cart with one of each variant; Ada agrees to mail in it."""
        cart_id = self.driver.make_cart(email=email, metadata=YES if agreed else {})
        for variant in variants:
            self.driver.add_line(cart_id, variant)
        self.driver.set_changed_at(cart_id, self.now())
        return cart_id

    def product(self, name: str = "Linen shirt", price: int = 40, stock: int = 100) -> str:
        """A variant that is for sale."""
        return self.driver.make_product(name, price=price, stock=stock)[0]  # type: ignore[arg-type]

    def buys(
        self, *variants: str, email: str = "ada@example.com", code: str = "", ago: timedelta = timedelta(),
        agreed: bool = True,
    ) -> str:  # fmt: skip
        """Somebody orders. Returns the order's id."""
        cart_id = self.cart(*variants, email=email, agreed=agreed)
        if code:
            assert self.driver.add_code(cart_id, code)
        self.run(work.process_inbox)
        order_id = self.driver.place_order(cart_id)
        self._date(order_id, self.now() - ago)
        return order_id

    def orders(self, cart_id: str) -> None:
        """The cart is ordered."""
        self._date(self.driver.place_order(cart_id), self.now())

    def fulfils(self, order_id: str) -> None:
        """Staff hands an order over."""
        self.driver.fulfil_order(order_id)
        self.run(work.process_inbox)

    def run(self, *jobs: work.Job) -> Sequence[EmailMessage]:
        """Run jobs once, by the clock. Returns the mails that arrived by them."""
        before, shop = len(self.sink.mails), get_shop()
        for job in jobs:
            with shop.writing():
                job(shop, self.now)
        return self.sink.mails[before:]

    def until(self, happened: Callable[[], bool], most: int = 100) -> None:
        """Night after night passes, of which every fourth is worked through."""
        for _ in range(most):
            if happened():
                return
            self.wait(timedelta(days=4))
            self.run(work.refresh_segments)
        raise AssertionError("It never came to that.")

    def told(self, email: str = "ada@example.com") -> str:
        """``manage.py crm explain``."""
        said = StringIO()
        call_command("crm", "explain", email, stdout=said)
        return said.getvalue()

    def _date(self, order_id: str, moment: datetime) -> None:
        Order.objects.filter(pk=UUID(order_id)).update(created_at=moment)
        self.run(work.process_inbox)


def body(mail: EmailMessage) -> str:
    """What a mail says, as text."""
    html = mail.get_body(("html",))
    assert html
    return unescape(html.get_content())
