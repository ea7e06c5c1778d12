"""Where Django finds the models of every room."""

from .activity.models import Cart, CartChange, Interaction, Purchase, PurchaseLine, View, ViewBudget
from .contacts.models import ConsentRecord, Contact, ContactChange, Pepper, Suppression, Visitor
from .emails.models import Message
from .flows.models import Decision, Enrolment
from .recs.served.models import ContactList, PopularList, ProductList, Shelf, TrainingRun, Wears
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
    "Cart", "CartChange", "ConsentRecord", "Contact", "ContactChange", "ContactList", "CustomerValue", "Decision",
    "Enrolment", "Entry", "InboxItem", "Interaction", "Lifecycle", "LifetimeValue", "Lot", "Membership", "Message",
    "ModelFit", "Pepper", "PopularList", "ProductList", "Purchase", "PurchaseLine", "RecommendationRules", "RfmCut",
    "Score", "SegmentState", "Shelf", "Suppression", "SweepCursor", "TrainingRun", "View", "ViewBudget", "Visitor",
    "Wears",
]  # fmt: skip
