"""Where Django finds the models of every room."""

from .activity.models import Cart, CartChange, Purchase
from .contacts.models import ConsentRecord, Contact, Pepper, Suppression, Visitor
from .emails.models import Message
from .flows.models import Decision, Enrolment
from .webhooks.models import InboxItem, SweepCursor

__all__ = [
    "Cart", "CartChange", "ConsentRecord", "Contact", "Decision", "Enrolment", "InboxItem", "Message",
    "Pepper", "Purchase", "Suppression", "SweepCursor", "Visitor",
]  # fmt: skip
