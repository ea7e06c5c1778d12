"""A code that is good for longer than the texts of mails are kept."""

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_loyal import crosses, decided, shop
from tests.road import Road

__all__ = ["shop"]


def test_who_has_half_a_year_is_reminded_in_time(shop: Road) -> None:
    shop.set(voucher_tiers="A = 20 %, valid 180 d\nB = 15 %, valid 180 d")
    crosses(shop, "B")
    shop.work()
    shop.wait(days=100)
    shop.work(work.clean_up)
    assert Message.objects.get().content == {}

    shop.wait(days=78, minutes=1)
    (reminder,) = shop.work(work.decide, work.deliver)

    assert decided("loyal_b")[-1] == ("sent", "due")
    assert Grant.objects.get().code in text_of(reminder)
    assert "15" in text_of(reminder)
