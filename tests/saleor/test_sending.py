"""How mails leave real Saleor: from each channel's own sender, and none is lost or doubled while the server is gone."""

import socket
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import pytest
from aiosmtpd.controller import Controller

from saleor_crm_plugin.emails.models import MailServer, Message
from tests.saleor.driver import SaleorDriver
from tests.saleor.owner import SETTINGS, YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

Leave = Callable[[str, timedelta], None]


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """The abandoned cart switched on by the owner."""
    return switch_on(driver, sink, abandoned_cart_enabled=True)


def test_each_channel_writes_from_its_own_address(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given a sender of its own in one of two channels, and a cart in each
    driver = switched_on
    line = f"{driver.other_channel} = Poranek <czesc@example.pl>, pomoc@example.pl"
    driver.configure("sending_senders", line)
    shirt = driver.make_product("Linen shirt")[0]
    for channel, email in ((driver.channel, "ada@example.com"), (driver.other_channel, "zofia@example.com")):
        cart = driver.make_cart(email=email, channel=channel, metadata=YES)
        driver.add_line(cart, shirt)
        leave(cart, timedelta(hours=5))
    # when both are written to
    worker.road()
    # then each mail says whose it is, in its head and at its foot
    mails = {str(mail["To"]): mail for mail in sink.mails}
    assert parseaddr(mails["zofia@example.com"]["From"]) == ("Poranek", "czesc@example.pl")
    assert mails["zofia@example.com"]["Reply-To"] == "pomoc@example.pl"
    assert mails["zofia@example.com"]["Feedback-ID"] == "abandoned_cart:step1:crm:example.pl"
    assert parseaddr(mails["ada@example.com"]["From"])[1] == SETTINGS["sender_address"]


def test_a_mail_server_that_is_gone_is_left_alone_and_gets_each_mail_once_when_it_is_back(
    driver: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given mails to three people, decided while the owner's mail server is there
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    there = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False}
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    switch_on(driver, sink, **there, abandoned_cart_enabled=True)
    shirt = driver.make_product("Linen shirt")[0]
    people = {f"{name}@example.com" for name in ("ada", "bob", "cleo")}
    for email in people:
        cart = driver.make_cart(email=email, metadata=YES)
        driver.add_line(cart, shirt)
        leave(cart, timedelta(hours=5))
    for task in ("sweep", "process_inbox", "decide"):
        worker.run(f"saleor_crm.{task}")
    # when it goes, and the worker tries again and again
    server.stop()
    for _ in range(4):
        worker.run("saleor_crm.deliver")
    # then it is left alone, and the mails wait as if nobody had tried
    known = MailServer.objects.get()
    assert known.failures == 3
    assert known.rests_until
    assert known.rests_until > datetime.now(UTC)
    assert set(Message.objects.values_list("state", "attempts")) == {("queued", 0)}
    # when it is back, nothing is tried before the rest is over
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        worker.run("saleor_crm.deliver")
        assert sink.recipients == []
        MailServer.objects.update(rests_until=datetime.now(UTC))
        worker.run("saleor_crm.deliver")
        worker.run("saleor_crm.deliver")
    finally:
        server.stop()
    # then everybody got the mail, once
    assert Counter(sink.recipients) == Counter(people)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert MailServer.objects.get().failures == 0
