"""Where Django finds the models of every room."""

from .activity.models import Budget, Cart, CartChange, Interaction, Purchase, PurchaseLine, View
from .activity.stock.models import StockInterest, StockWatch, StockWave
from .contacts.models import ConsentRecord, Contact, ContactChange, Pepper, Suppression, Visitor
from .contacts.preferences.models import NewsletterRequest, Preference
from .emails.bounces.models import Bounce, BounceBox
from .emails.models import MailServer, Message
from .emails.own.models import OwnTemplate, OwnWords
from .emails.tracking.models import Response
from .flows.campaigns.models import Campaign, CampaignWords
from .flows.models import Decision, Enrolment, Pause, Reorder
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
from .vouchers.models import Grant, IssuedVoucher, TierUse
from .webhooks.models import InboxItem, SweepCursor

__all__ = [
    "Bounce", "BounceBox", "Budget", "Campaign", "CampaignWords", "Cart", "CartChange", "ConsentRecord", "Contact",
    "ContactChange", "ContactList", "CustomerValue", "Decision", "Enrolment", "Entry", "Grant", "InboxItem",
    "Interaction", "IssuedVoucher", "Lifecycle", "LifetimeValue", "Lot", "MailServer", "Membership", "Message",
    "ModelFit", "NewsletterRequest", "OwnTemplate", "OwnWords", "Pause", "Pepper", "PopularList", "Preference",
    "ProductList", "Purchase", "PurchaseLine", "RecommendationRules", "Reorder", "Response", "RfmCut", "Score",
    "SegmentState", "Shelf", "StockInterest", "StockWatch", "StockWave", "Suppression", "SweepCursor", "TierUse",
    "TrainingRun", "View", "Visitor", "Wears",
]  # fmt: skip
