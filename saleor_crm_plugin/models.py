"""Where Django finds the models of every room."""

from .activity.models import Cart, CartChange, Interaction, Purchase, PurchaseLine, View, ViewBudget
from .contacts.models import ConsentRecord, Contact, ContactChange, Pepper, Suppression, Visitor
from .emails.models import Message
from .flows.models import Decision, Enrolment
from .recs.served.rules import RecommendationRules
from .segments.loyalty.models import Entry, Lot
from .segments.models import (
    CustomerValue,
    Lifecycle,
    LifetimeValue,
    Membership,
    ModelFit,
    RfmCut,
    Score,
    SegmentState,
)
from .webhooks.models import InboxItem, SweepCursor

__all__ = [
    "Cart", "CartChange", "ConsentRecord", "Contact", "ContactChange", "CustomerValue", "Decision", "Enrolment",
    "Entry", "InboxItem", "Interaction", "Lifecycle", "LifetimeValue", "Lot", "Membership", "Message", "ModelFit",
    "Pepper", "Purchase", "PurchaseLine", "RecommendationRules", "RfmCut", "Score", "SegmentState", "Suppression",
    "SweepCursor", "View", "ViewBudget", "Visitor",
]  # fmt: skip
