"""Every table of ours: what a person is told of it, or why it is left out. A new table finds its place here
(``tests/personal_data/test_every_table.py``)."""

from collections.abc import Mapping

from django.db.models import Q

from ..activity.models import Cart, CartChange, Interaction, Purchase, PurchaseLine, View
from ..activity.stock.models import StockInterest
from ..contacts.models import ConsentRecord, Contact, Suppression, Visitor
from ..contacts.preferences.models import NewsletterRequest, Preference
from ..emails.bounces.models import Bounce
from ..emails.models import Message
from ..emails.tracking.models import Response
from ..flows.models import Decision, Enrolment
from ..recs.served.models import ContactList, Wears
from ..segments.loyalty.models import Entry, Lot
from ..segments.models import CustomerValue, Lifecycle, LifetimeValue, Membership, Score
from ..vouchers.models import Grant
from . import said
from .part import Part, Whose

_WORKERS = "says which of the shop's own programs was at work on it"
_NUMBERED = "numbers a row; what it says is told otherwise"
_OF_STAFF = "is about a member of the shop's staff"


def _of_address(who: Whose) -> Q:
    return Q(address_hash=who.address_hash)


def _bounced(who: Whose) -> Q:
    return Q(message__contact=who.contact_id) | Q(address_hash=who.address_hash)


def _used(who: Whose) -> Q:
    """Codes that were granted to somebody else."""
    return Q(redeemed_by=who.contact_id) & ~Q(contact=who.contact_id)


# In the order of the document: who it is and what was agreed to, what happened, what was said, what follows from it.
PARTS: tuple[Part, ...] = (
    Part("contact", Contact, lambda who: Q(pk=who.contact_id), keys=()),
    Part("visitor_ids", Visitor, order=("seen_at", "pk")),
    Part("consents", ConsentRecord, order=("at", "pk"), said={"reference": said.reference}),
    Part("suppressions", Suppression, _of_address, keys=("address_hash",)),
    Part("preferences", Preference),
    Part("newsletter_requests", NewsletterRequest, order=("asked_at", "pk")),
    Part(
        "carts", Cart, order=("created_at", "pk"), said={"id": said.beginning("id")},
        inside=(Part("changes", CartChange, keys=(), order=("at", "pk"), belongs_to="cart_id"),),
    ),
    Part(
        "purchases", Purchase, order=("placed_at", "pk"), said={"cart_id": said.beginning("cart_id")},
        inside=(Part("lines", PurchaseLine, keys=(), order=("line_id",), belongs_to="purchase_id"),),
    ),
    Part("returns", Interaction, order=("at", "source")),
    Part("views", View, order=("at", "event_id")),
    Part(
        "interest_in_stock", StockInterest, order=("asked_at", "pk"), said={"cart_id": said.beginning("cart_id")},
        left_out={"wave_id": _NUMBERED},
    ),
    Part(
        "flows", Enrolment, order=("enrolled_at", "pk"), said={"subject_id": said.subject},
        left_out={"leased_until": _WORKERS}, beside={"newsletter": "campaign__name"},
        inside=(
            Part(
                "decisions", Decision, keys=(), order=("at", "pk"), belongs_to="enrolment_id", said={"why": said.why}
            ),
        ),
    ),
    Part(
        "mails", Message, order=("created_at", "pk"),
        said={"subject_id": said.subject, "subject": said.subject_line, "products": said.products},
        left_out={
            "content": "what it said is in the mailbox; its links would let whoever holds this document act for the"
            " person, so that its subject and products are told",
            "reserved_by": _WORKERS,
            "reserved_until": _WORKERS,
        },
        inside=(
            Part(
                "clicks_and_opens", Response, keys=("contact_id",), order=("at", "pk"), belongs_to="message_id",
            ),
        ),
    ),
    Part("bounces", Bounce, _bounced, keys=("address_hash",), order=("at", "pk")),
    Part(
        "vouchers", Grant, order=("granted_at", "pk"), said={"code": said.masked},
        left_out={
            "key": "is made of the numbers of other rows",
            "redeemed_by_id": "may be about somebody else, who used the code",
            "look_at": _WORKERS,
        },
    ),
    Part(
        "vouchers_of_others_used", Grant, _used, keys=("redeemed_by_id",), order=("redeemed_at", "pk"),
        said={"code": said.masked},
        left_out={
            "contact_id": "is about somebody else, to whom the code was granted",
            "key": "is made of the numbers of other rows",
            "granted_at": "is about somebody else, to whom the code was granted",
            "look_at": _WORKERS,
        },
    ),
    Part(
        "points", Lot, order=("created_at", "pk"),
        inside=(
            Part(
                "movements", Entry, keys=(), order=("at", "pk"), belongs_to="lot_id", left_out={"staff_id": _OF_STAFF}
            ),
        ),
    ),
    Part("bought_by_currency", CustomerValue, order=("currency",)),
    Part("score", Score),
    Part("expected", LifetimeValue, order=("currency",)),
    Part("stage", Lifecycle),
    Part("segments", Membership, order=("entered_at", "pk")),
    Part("recommendations", ContactList, left_out={"run_id": _NUMBERED}, said={"reasons": said.reasons}),
    Part("sizes", Wears, left_out={"run_id": _NUMBERED}),
)  # fmt: skip

_OF_NOBODY = "says nothing of a person"
_OF_THE_SHOP = "is about the shop and what it sells"
_OF_ALL = "is about all customers together"
_SHOPS_WORK = "says what is to be done next, and goes when it is done"

# By the names of the models.
LEFT_OUT: Mapping[str, str] = {
    "ContactChange": "says whose figures have to be computed anew, and goes when they are",
    "InboxItem": _SHOPS_WORK,
    "SweepCursor": _SHOPS_WORK,
    "Budget": "counts requests, without a name: many people share each count",
    "Pepper": _OF_NOBODY,
    "BounceBox": _OF_NOBODY,
    "MailServer": _OF_NOBODY,
    "IssuedVoucher": _OF_NOBODY,
    "TierUse": _OF_ALL,
    "RfmCut": _OF_ALL,
    "ModelFit": _OF_ALL,
    "SegmentState": _OF_ALL,
    "TrainingRun": _OF_ALL,
    "ProductList": _OF_THE_SHOP,
    "PopularList": _OF_THE_SHOP,
    "Shelf": _OF_THE_SHOP,
    "Reorder": _OF_THE_SHOP,
    "StockWatch": _OF_THE_SHOP,
    "StockWave": _OF_THE_SHOP,
    "OwnWords": _OF_THE_SHOP,
    "CampaignWords": _OF_THE_SHOP,
    # These name who of the staff did it, as the shop's own record.
    "Campaign": _OF_STAFF,
    "Pause": _OF_STAFF,
    "OwnTemplate": _OF_STAFF,
    "RecommendationRules": _OF_STAFF,
}
