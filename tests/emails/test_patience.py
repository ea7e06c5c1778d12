"""How long a mail server may think."""

import time

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.emails import lanes, outbox, smtp
from saleor_crm_plugin.emails.compose import compose
from saleor_crm_plugin.emails.fate import Fate, Trouble
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.render import render
from tests.emails.test_smtp import due
from tests.road import Road


def handed_over(road: Road, timeout: int) -> list[Fate]:
    due(road)
    message = Message.objects.get()
    settings = config.parse(road.shop.configuration())
    mail = compose(message, render(message.template, "en", message.content), road.shop, settings)
    with smtp.connect(settings, timeout) as connection:
        return [connection.send(mail)[0] for _ in range(2)]


def test_a_server_whose_filters_take_long_over_a_text_has_taken_it(road: Road) -> None:
    road.sink.on_data = lambda mail: time.sleep(1.5)

    assert handed_over(road, timeout=1) == [Fate.SENT] * 2


def test_only_the_text_is_waited_for_so_long(road: Road) -> None:
    asked: list[str] = []
    road.sink.on_recipient = lambda address: asked.append(address) or (time.sleep(1.5) if len(asked) > 1 else None)

    with pytest.raises(Trouble, match="timed out"):
        handed_over(road, timeout=1)


def test_no_mail_is_held_as_lost_while_its_worker_may_still_wait_for_the_server() -> None:
    before_a_text = 12 * smtp.TIMEOUT  # the connection, greetings, TLS, the log-in; then the mail's commands
    assert outbox.LOST_AFTER.total_seconds() > lanes.STALE + 2 * before_a_text + smtp.ANSWER_TIMEOUT
