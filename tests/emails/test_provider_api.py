"""What becomes of mails that leave by a provider's API, whatever django-anymail raises."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import MailServer, Message
from tests.emails.test_smtp import due, states
from tests.road import Road

State = Message.State


class Provider(BaseEmailBackend):
    """Takes mails but those that it was told not to, as django-anymail's backends do."""

    refuses: ClassVar[dict[str, Exception]] = {}
    taken: ClassVar[list[str]] = []

    def send_messages(self, mails: Sequence[EmailMessage]) -> int:
        for mail in mails:
            if error := self.refuses.get(mail.to[0]):
                raise error
            self.taken.append(mail.to[0])
        return len(mails)


@pytest.fixture
def api(road: Road, settings: Any) -> Road:
    """A shop that sends by a provider's API, one mail after another."""
    settings.EMAIL_BACKEND = f"{__name__}.Provider"
    Provider.refuses.clear()
    Provider.taken.clear()
    road.set(smtp_host="", sending_connections="1")
    return road


def answered(status: int) -> Exception:
    """A provider that answers with this status."""
    response = requests.Response()
    response.status_code, response.reason = status, "so"
    return AnymailRequestsAPIError(response=response)


def said_by_amazon(name: str, status: int) -> Exception:
    return AnymailAPIError(response={"Error": {"Code": name}, "ResponseMetadata": {"HTTPStatusCode": status}})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AnymailRecipientsRefused(), State.FAILED),
        (AnymailInvalidAddress(), State.FAILED),
        (answered(400), State.FAILED),
        (answered(422), State.FAILED),
        (answered(429), State.QUEUED),
        (answered(500), State.HELD),
        (answered(503), State.HELD),
        (answered(200), State.HELD),
        (AnymailRequestsAPIError("the provider hung up"), State.HELD),
        (said_by_amazon("MessageRejected", 400), State.FAILED),
        (said_by_amazon("TooManyRequestsException", 429), State.QUEUED),
        (said_by_amazon("LimitExceededException", 400), State.QUEUED),
        (AnymailAPIError("Amazon hung up"), State.HELD),
        (RuntimeError("no idea"), State.HELD),
    ],
)
def test_only_a_mail_that_may_have_left_is_held(api: Road, error: Exception, state: str) -> None:
    due(api)
    Provider.refuses["ada@example.com"] = error

    api.work(work.deliver)

    assert list(states().values()) == [state]


@pytest.mark.parametrize(
    "error",
    [
        answered(401),
        answered(402),
        answered(403),
        said_by_amazon("SendingPausedException", 400),
        AnymailUnsupportedFeature("metadata"),
    ],
)
def test_a_provider_that_the_shop_may_not_use_gets_nothing_more_and_no_mail_fails(api: Road, error: Exception) -> None:
    addresses = [f"customer{number}@example.com" for number in range(3)]
    due(api, *addresses)
    Provider.refuses.update(dict.fromkeys(addresses, error))

    api.work(work.deliver)

    assert set(states().values()) == {State.QUEUED}
    assert MailServer.objects.get().failures == 1


def test_recipients_whom_the_provider_refuses_hold_up_nobody_else(api: Road) -> None:
    addresses = [f"customer{number}@example.com" for number in range(6)]
    due(api, *addresses)
    Provider.refuses.update(dict.fromkeys(addresses[::2], AnymailRecipientsRefused()))

    api.work(work.deliver)

    assert sorted(Provider.taken) == addresses[1::2]
    assert not MailServer.objects.exists()


def test_without_django_anymail_a_backend_that_raises_may_have_sent(api: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saleor_crm_plugin.emails.provider_api.find_spec", lambda name: None)
    due(api)
    Provider.refuses["ada@example.com"] = ValueError("no idea")

    api.work(work.deliver)

    assert list(states().values()) == [State.HELD]
