"""The demo's page: what happened to every cart, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.template import Context, Engine

from ..activity.models import Cart
from ..analyse.report import LIBRARIES, TEMPLATES
from ..flows.catalogue import ABANDONED_CART, FLOWS
from ..flows.explain import in_words
from ..flows.models import Decision, Enrolment
from ..flows.report import ArmResult, FlowReport, report
from ..flows.uplift.uplift import uplift
from ..flows.uplift.words import conclusion
from ..segments.loyalty.models import Lot
from ..shop.sandbox.generate import Generated
from .bars import Bar, bars
from .mailbox import Letter, Mailbox

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates"), str(TEMPLATES)], libraries=LIBRARIES)
_ZONE = ZoneInfo("Europe/Berlin")

STORIES: dict[str, str] = {
    "fresh": "Still being filled when the day began.",
    "idle": "Left for some hours by a customer who agreed to mail.",
    "idle a day": "Left for more than a day before the CRM was there.",
    "guest": "Left by a guest who gave an email address and ticked the box.",
    "emptied": "The customer took everything out again.",
    "bought": "The customer came back alone and ordered.",
    "sold out": "Everything in it was sold to others meanwhile.",
    "partly sold out": "One of its products was sold out meanwhile.",
    "no consent": "The customer said no to marketing mail.",
    "never asked": "Nobody asked this guest whether mail is welcome.",
    "no email": "Nobody knows who left it.",
    "price dropped": "The prices went down after it was left.",
    "quantity changed": "The customer came back once and changed the quantity.",
    "changed email": "The guest corrected a misspelt email address.",
    "hook lost": "The shop never told of it; the sweep found it.",
    "suppressed": "Left by customers who had unsubscribed a month before.",
}


@dataclass(frozen=True)
class CartStory:
    """One cart: what was decided about it, and its mails."""

    id: str
    language: str
    total: str
    happened: Sequence[str]
    ending: str
    letters: Sequence[Letter]
    ordered: bool


def write_page(
    out: Path,
    made: Generated,
    kinds: Mapping[str, Sequence[str]],
    mailbox: Mailbox,
    chapters: Mapping[str, Any],
    now: datetime,
    command: str,
) -> Path:
    """Write ``index.html`` into ``out``. Returns its path.

    ``chapters`` is what those show that others tell: on customers (``analyse.report.customer_context``), on
    recommendations (``likes.py``), on who waits (``waits.py``), on a newsletter (``newsletter.py``). ``command`` is how
    this demo was called.
    """
    flow, *_ = report()
    page = out / "index.html"
    context = {
        **chapters,
        "tiles": _tiles(made, kinds, mailbox, flow),
        "points": _points(),
        "command": command,
        "now": now.astimezone(_ZONE),
        "flow": flow,
        "funnel": _funnel(kinds, mailbox),
        "decisions": _decisions(flow),
        "arms": _arm_bars(flow),
        "worth": _worth(flow, now),
        "letters": _one_of_each(mailbox.letters),
        "all_letters": mailbox.letters,
        "carts": _carts(kinds, mailbox.letters),
    }
    page.write_text(_ENGINE.get_template("index.html").render(Context(context)), encoding="utf-8")
    return page


def _tiles(
    made: Generated, kinds: Mapping[str, Sequence[str]], mailbox: Mailbox, flow: FlowReport
) -> list[tuple[str, str]]:
    return [
        (f"{made.customers:,}", "customers"),
        (f"{made.orders:,}", "orders of two years"),
        (f"{sum(len(ids) for ids in kinds.values()):,}", "live carts"),
        (f"{mailbox.arrived:,}", "mails"),
        (f"{flow.treated.recovered:,}", "carts ordered after a mail"),
        *((f"{amount:,.0f} {currency}", "in these orders") for currency, amount in flow.treated.revenue.items()),
    ]


def _points() -> list[Bar]:
    lots = Lot.objects.filter(points__gt=0)
    sums = lots.aggregate(
        earned=Sum("points", filter=Q(earned_at__isnull=False)), pending=Sum("points", filter=Q(earned_at=None))
    )
    steps = [("Can be used", sums["earned"] or 0, "ordered"), ("Wait for the return window", sums["pending"] or 0, "")]
    return bars(steps)


def _funnel(kinds: Mapping[str, Sequence[str]], mailbox: Mailbox) -> list[Bar]:
    ids = [cart_id for carts in kinds.values() for cart_id in carts]
    runs = Enrolment.objects.filter(subject_id__in=ids)
    treated = runs.filter(arm=Enrolment.Arm.TREATED)
    steps = [
        ("Carts in the shop", len(ids), ""),
        ("of somebody with a known address", Cart.objects.filter(pk__in=ids).exclude(contact=None).count(), ""),
        ("left, and waited for", runs.count(), ""),
        ("answered by a mail", treated.count(), "treated"),
        ("ordered after it", treated.filter(recovered_order_id__isnull=False).count(), "ordered"),
    ]
    return bars(steps)


def _decisions(flow: FlowReport) -> list[Bar]:
    ranked = sorted(flow.decisions.items(), key=lambda item: -item[1])
    tones = {Decision.Outcome.SENT: "treated", Decision.Outcome.HELD_OUT: "holdout", Decision.Outcome.MOVED: "moved"}
    return bars(
        [
            (in_words(outcome, why), count, tones.get(Decision.Outcome(outcome), "skipped"))
            for (outcome, why), count in ranked
        ]
    )


def _arm_bars(flow: FlowReport) -> list[dict[str, Any]]:
    arms: Sequence[tuple[str, ArmResult, str]] = (
        ("with a mail", flow.treated, "treated"),
        ("held out", flow.holdout, "holdout"),
    )
    most = max(arm.rate or 0 for _, arm, _ in arms) or 1
    return [
        {
            "label": label,
            "arm": arm,
            "tone": tone,
            "percent": 100 * (arm.rate or 0),
            "width": 100 * (arm.rate or 0) / most,
        }
        for label, arm, tone in arms
    ]


def _worth(flow: FlowReport, now: datetime) -> list[str]:
    found = uplift(flow.flow, now)
    return [conclusion(one) for one in found.currencies] if found else []


def _one_of_each(letters: Sequence[Letter]) -> list[Letter]:
    """The first mail about carts of each language and step, and one of each other kind, in English where there is."""
    carts: dict[tuple[int, str], Letter] = {}
    others: dict[str, Letter] = {}
    for letter in sorted(letters, key=lambda letter: letter.language != "en"):
        if letter.flow == ABANDONED_CART.key:
            carts.setdefault((letter.step, letter.language), letter)
        else:
            others.setdefault(letter.flow, letter)
    return [*(carts[key] for key in sorted(carts)), *(others[flow] for flow in FLOWS if flow in others)]


def _carts(kinds: Mapping[str, Sequence[str]], letters: Sequence[Letter]) -> list[dict[str, Any]]:
    ids = [cart_id for carts in kinds.values() for cart_id in carts]
    carts = Cart.objects.in_bulk(ids)
    runs = {run.subject_id: run for run in Enrolment.objects.filter(subject_id__in=ids).prefetch_related("decisions")}
    mails: dict[str, list[Letter]] = {}
    for letter in letters:
        mails.setdefault(letter.subject_id, []).append(letter)
    chapters = []
    for kind, members in kinds.items():
        stories = [
            _story(cart_id, carts.get(cart_id), runs.get(cart_id), mails.get(cart_id, [])) for cart_id in members
        ]
        endings = Counter(story.ending for story in stories)
        chapters.append(
            {"kind": kind, "story": STORIES.get(kind, ""), "carts": stories, "endings": endings.most_common(3)}
        )
    return chapters


def _story(cart_id: str, cart: Cart | None, run: Enrolment | None, letters: Sequence[Letter]) -> CartStory:
    decisions = sorted(run.decisions.all(), key=lambda d: (d.at, d.pk)) if run else []
    happened = [
        f"{d.at.astimezone(_ZONE):%a %H:%M}, mail {d.step + 1}: {in_words(d.outcome, d.reason)}" for d in decisions
    ]
    if run and run.recovered_order_id:
        happened.append("Ordered.")
    return CartStory(
        id=cart_id,
        language=cart.language if cart else "",
        total=f"{cart.total:.2f} {cart.currency}" if cart else "",
        happened=happened or [_undecided(cart, run)],
        ending=in_words(decisions[-1].outcome, decisions[-1].reason) if decisions else _undecided(cart, run),
        letters=letters,
        ordered=bool(cart and cart.status == Cart.Status.ORDERED),
    )


def _undecided(cart: Cart | None, run: Enrolment | None) -> str:
    if cart is None:
        return "It became an order before the CRM first looked."
    if cart.contact_id is None:
        return "Noticed; nobody knows whose it is, so nobody is written to."
    if run is None:
        return "Noticed; it was empty, ordered, or left too long ago to be answered."
    return FLOWS[run.flow].title + ": waited for."
