"""A mail as it goes over the wire: headers and the two parts."""

from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from django.core.mail import EmailMultiAlternatives

from ..config import Settings
from ..shop.port import Shop
from .bounces.providers import METADATA
from .content import clean
from .links import campaign
from .models import Message
from .render import Rendered
from .unsubscribe import mail_subject


def compose(message: Message, rendered: Rendered, shop: Shop, settings: Settings) -> EmailMultiAlternatives:
    """Build the mail of a message.

    One-click unsubscribing by RFC 8058 (List-Unsubscribe with its Post header), and by mail where we read the mailbox
    (``bounces/mailbox.py``), a Message-ID that stays the same
    whenever this message is tried again (RFC 5322, 3.6.4), Auto-Submitted (RFC 3834), and Feedback-ID, which names the
    flow, or which newsletter it is, and never the recipient.
    """
    ours = settings.sender(message.channel)
    sender = _sender(_as_written(ours.name or shop.name()), ours.address)
    unsubscribe = [f"<{message.content['unsubscribe_url']}>"]
    if settings.unsubscribe_address and settings.bounces.host and (subject := mail_subject(message)):
        address = quote(settings.unsubscribe_address, safe="@+")
        unsubscribe.append(f"<mailto:{address}?subject={quote(subject)}>")
    headers = {
        "Message-ID": f"<{message.pk}@{sender.domain}>",
        "Date": format_datetime(message.created_at),
        "List-Unsubscribe": ", ".join(unsubscribe),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": f"{campaign(message)}:step{message.step + 1}:crm:{sender.domain}",
        "Content-Language": rendered.language,
    }
    mail = EmailMultiAlternatives(
        subject=_as_written(rendered.subject),
        body=rendered.text,
        from_email=str(sender),
        to=[message.recipient],
        reply_to=[ours.reply_to] if ours.reply_to else None,
        headers=headers,
    )
    mail.attach_alternative(rendered.html, "text/html")
    # For providers, which name it in their reports (bounces/providers.py); a mail server does not see it.
    mail.metadata = {METADATA: str(message.pk)}  # type: ignore[attr-defined]
    return mail


@lru_cache(maxsize=256)
def _sender(name: str, address: str) -> Address:
    return Address(name, addr_spec=address)


def _as_written(text: str) -> str:
    """Text for a header that is shown as it was written.

    On one line, and with nothing that a mail program would take for an encoded word and decode (RFC 2047).
    """
    return clean(text).replace("=?", "= ?")
