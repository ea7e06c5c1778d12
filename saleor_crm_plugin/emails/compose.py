"""A mail as it goes over the wire: headers and the two parts."""

from email.headerregistry import Address
from email.utils import format_datetime
from urllib.parse import quote

from django.core.mail import EmailMultiAlternatives

from ..config import Settings
from ..shop.port import Shop
from .content import clean
from .models import Message
from .render import Rendered


def compose(message: Message, rendered: Rendered, shop: Shop, settings: Settings) -> EmailMultiAlternatives:
    """Build the mail of a message.

    One-click unsubscribing by RFC 8058 (List-Unsubscribe with its Post header), a Message-ID that stays the same
    whenever this message is tried again (RFC 5322, 3.6.4), Auto-Submitted (RFC 3834), and Feedback-ID, which names the
    flow and never the recipient.
    """
    sender = Address(_as_written(settings.sender_name or shop.name()), addr_spec=settings.sender_address)
    unsubscribe = [f"<{message.content['unsubscribe_url']}>"]
    if settings.unsubscribe_address:
        unsubscribe.append(f"<mailto:{quote(settings.unsubscribe_address, safe='@+')}?subject=unsubscribe>")
    headers = {
        "Message-ID": f"<{message.pk}@{sender.domain}>",
        "Date": format_datetime(message.created_at),
        "List-Unsubscribe": ", ".join(unsubscribe),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": f"{message.flow}:step{message.step + 1}:crm:{sender.domain}",
        "Content-Language": rendered.language,
    }
    mail = EmailMultiAlternatives(
        subject=_as_written(rendered.subject),
        body=rendered.text,
        from_email=str(sender),
        to=[message.recipient],
        reply_to=[settings.reply_to] if settings.reply_to else None,
        headers=headers,
    )
    mail.attach_alternative(rendered.html, "text/html")
    return mail


def _as_written(text: str) -> str:
    """Text for a header that is shown as it was written.

    On one line, and with nothing that a mail program would take for an encoded word and decode (RFC 2047).
    """
    return clean(text).replace("=?", "= ?")
