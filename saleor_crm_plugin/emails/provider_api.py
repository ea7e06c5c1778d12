"""Handing mails to whatever else of Django's backends the shop has set: mostly the API of a mail provider, through
django-anymail, which says by what it raises whether the provider took the mail.

django-anymail is an extra: its errors can only be looked at where it is installed.
"""

from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from .fate import Fate, Trouble

_LATER = (408, 425, 429)  # the provider was too slow, or has had enough for now
# The key is wrong, the bill not paid, the sender not allowed: that is the shop's affair, and no mail fares better.
_SHOP = (401, 402, 403, 407)
# Amazon SES says much of it by name, and by 400 only.
_LATER_NAMES = ("ThrottlingException", "LimitExceededException")
_SHOP_NAMES = ("AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException")


class Backend:
    """A way to send of which nothing is known but Django's interface."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
        """Hand over one mail. Returns what became of it. Raises Trouble."""
        try:
            taken = self._backend.send_messages([mail])
        except Exception as error:
            return _fate(error), f"{type(error).__name__}: {error}"
        return (Fate.SENT, "") if taken else (Fate.LATER, "the backend sent nothing")

    def alive(self) -> bool:
        """Whether it still listens: that is seen when it is asked."""
        return True

    def close(self) -> None:
        """Say good-bye."""
        with suppress(Exception):
            self._backend.close()


def _fate(error: Exception) -> Fate:
    """What became of a mail over which a backend raised. A backend raises what it likes: where it is none of the
    errors that say so, nothing says that the mail did not leave. Raises Trouble where nothing was handed over, for a
    reason that is not the mail's."""
    if not find_spec("anymail"):
        return Fate.UNKNOWN
    from anymail.exceptions import (
        AnymailConfigurationError,
        AnymailInvalidAddress,
        AnymailRecipientsRefused,
        AnymailUnsupportedFeature,
    )

    status, name = _answer(error)
    of_the_shop = isinstance(error, AnymailConfigurationError | AnymailUnsupportedFeature)
    if of_the_shop or status in _SHOP or name in _SHOP_NAMES:
        raise Trouble(f"{type(error).__name__}: {error}") from error
    if isinstance(error, AnymailInvalidAddress | AnymailRecipientsRefused):
        return Fate.REFUSED
    if status in _LATER or name in _LATER_NAMES:
        return Fate.LATER
    return Fate.REFUSED if 400 <= status < 500 else Fate.UNKNOWN


def _answer(error: Exception) -> tuple[int, str]:
    """A provider's answer: the HTTP status, and the name of the error where Amazon SES gives one; 0 and "" where it
    gave none that is known."""
    from anymail.exceptions import AnymailAPIError

    if not isinstance(error, AnymailAPIError):
        return 0, ""
    told = error.response if isinstance(error.response, Mapping) else {}
    status = error.status_code or _part(told, "ResponseMetadata").get("HTTPStatusCode")
    return (status if isinstance(status, int) else 0), str(_part(told, "Error").get("Code", ""))


def _part(told: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = told.get(name)
    return found if isinstance(found, Mapping) else {}
