"""A newsletter of the demo shop, from whom it means to what it brought: for the demo's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from ..contacts.models import ConsentRecord
from ..emails.models import Message
from ..emails.money import money
from ..emails.tracking.models import Response
from ..flows.campaigns.models import Campaign
from ..flows.campaigns.report import Report, Tested, report
from ..flows.catalogue import NEWSLETTER
from ..flows.explain import in_words
from ..flows.models import Decision
from ..flows.reasons import SENTENCES, Reason
from ..flows.uplift.uplift import CLICK_HOLDS, Compared
from ..flows.uplift.words import conclusion
from ..shop.sandbox.models import User
from .bars import Bar, bars
from .mailbox import Mailbox
from .mailing import Mailing

_ENGLISH = Locale("en")
_ZONE = ZoneInfo("Europe/Berlin")
_NAMED = 10


@dataclass(frozen=True)
class Shown:
    """A preview, as a file below the demo's folder."""

    name: str
    subject: str
    about: str


@dataclass(frozen=True)
class Subject:
    """One of the two versions in the test."""

    version: str
    words: str
    clicked: int
    people: int
    percent: float
    width: float
    won: bool


@dataclass(frozen=True)
class Interval:
    """The range in which the difference lies, as places on a line in percent of its width."""

    low: float
    high: float
    found: float
    zero: float
    words: tuple[str, str, str]  # low, found, high


def newsletter_context(mailing: Mailing, mailbox: Mailbox, now: datetime) -> dict[str, Any]:
    """What ``newsletter.html`` shows. Its previews are written below ``mailbox``."""
    campaign = Campaign.objects.filter(pk=mailing.campaign).first()
    if campaign is None or mailing.counted is None:
        return {}
    told = report(campaign, now)
    worth = next(iter(told.uplift.currencies), None)
    return {
        "campaign": campaign,
        "written": mailing.written,
        "meant": _meant(mailing),
        "reached": mailing.counted.recipients,
        "sample": _sample(mailing),
        "readings": _readings(mailing, mailbox),
        "course": _course(campaign),
        "subjects": _subjects(campaign, told.test),
        "verdict": _verdict(campaign, told),
        "became": _became(campaign, told),
        "scanned": _scanned(campaign),
        "groups": _groups(told, worth),
        "interval": _interval(worth),
        "conclusion": conclusion(worth) if worth else "",
        "conclusive": bool(worth and worth.conclusive),
        "credited": [
            f"{one.orders} orders, {money(one.revenue, one.currency, _ENGLISH)}" for one in told.uplift.by_last_click
        ],
        "click_days": CLICK_HOLDS.days,
    }


def _meant(mailing: Mailing) -> list[Bar]:
    counted = mailing.counted
    assert counted
    rows = [("Meant by these conditions", counted.people, ""), ("May be written to", counted.recipients, "treated")]
    return bars(
        rows + [(f"Left out: {_inside(SENTENCES[Reason(why)])}", count, "") for why, count in counted.excluded.items()]
    )


def _sample(mailing: Mailing) -> list[str]:
    assert mailing.counted
    emails = [one.email for one in mailing.counted.sample]
    accounts = {user.email: user for user in User.objects.filter(email__in=emails)}
    there = [accounts[email] for email in emails if email in accounts]
    return [f"{one.first_name}, {_country(one.country)}" for one in there[:_NAMED]]


def _readings(mailing: Mailing, mailbox: Mailbox) -> list[Shown]:
    shown = []
    for one in mailing.readings:
        name = f"newsletter-preview-{one.version}-{one.mail.language}"
        mailbox.keep(name, one.mail.html, one.mail.text)
        about = f"version {one.version}, as {one.name} in {_country(one.country)} gets it"
        shown.append(Shown(name, one.mail.subject, about))
    return shown


def _course(campaign: Campaign) -> list[tuple[str, str]]:
    steps = [
        (campaign.created_at, "written, counted, read, and scheduled"),
        (
            campaign.started_at,
            f"its recipients were written down as of then: {campaign.recipients:,}. The test began",
        ),
        (campaign.winner_at, "the test was decided, and the others got their mail"),
        (campaign.ended_at, "all mails had left"),
    ]
    return [(f"{at.astimezone(_ZONE):%A, %H:%M}", what) for at, what in steps if at]


def _subjects(campaign: Campaign, test: Tested | None) -> list[Subject]:
    if test is None:
        return []
    words = dict(campaign.words.filter(language=campaign.language).values_list("version", "subject"))
    arms = {"a": test.a, "b": test.b}
    rates = {version: 100 * arm.successes / (arm.people or 1) for version, arm in arms.items()}
    most = max(rates.values()) or 1
    return [
        Subject(
            version, words[version], arm.successes, arm.people, rates[version], 100 * rates[version] / most,
            campaign.winner == version,
        )
        for version, arm in arms.items()
    ]  # fmt: skip


def _verdict(campaign: Campaign, told: Report) -> str:
    if campaign.winner not in ("a", "b") or not campaign.winner_at or not campaign.started_at:
        return "Neither subject was clearly better in time, so that the others got either, by lot."
    hours = round((campaign.winner_at - campaign.started_at).total_seconds() / 3600)
    others = told.sent - _mails(campaign).filter(state=Message.State.SENT, sent_at__lt=campaign.winner_at).count()
    after = "an hour" if hours == 1 else f"{hours} hours"
    return f"After {after} it was clear, and the other {others:,} got version {campaign.winner}."


def _became(campaign: Campaign, told: Report) -> list[Bar]:
    bought = sum(one.treated.buyers for one in told.uplift.currencies)
    kept = [
        (in_words(outcome, why), count, "holdout" if outcome == Decision.Outcome.HELD_OUT else "")
        for (outcome, why), count in told.decisions.items()
        if outcome != Decision.Outcome.SENT
    ]
    left = ConsentRecord.objects.filter(
        source=ConsentRecord.Source.UNSUBSCRIBE,
        reference__in=[str(key) for key in _mails(campaign).values_list("pk", flat=True)],
    )
    rows = [("Recipients", campaign.recipients, ""), *kept, ("Mails that left", told.sent, "treated")]
    rows += [("A person clicked", told.clicked, "treated"), ("Ordered after it", bought, "ordered")]
    return bars([*rows, ("Unsubscribed by its link, and get no more", left.count(), "")])


def _scanned(campaign: Campaign) -> int:
    found = Response.objects.filter(message__in=_mails(campaign), by=Response.By.MACHINE)
    return found.values("message").distinct().count()


def _mails(campaign: Campaign) -> Any:
    return Message.objects.filter(flow=NEWSLETTER.key, subject_id__startswith=f"{campaign.pk}.")


def _groups(told: Report, worth: Compared | None) -> list[Mapping[str, Any]]:
    if worth is None:
        return []
    both = (
        ("Got it", told.uplift.treated, worth.treated),
        ("Held out", told.uplift.held_out, worth.held_out),
    )
    return [
        {
            "label": label,
            "people": arm.people,
            "buyers": spent.buyers,
            "revenue": money(spent.revenue, worth.currency, _ENGLISH),
            "per_1000": money(spent.per_1000, worth.currency, _ENGLISH),
        }
        for label, arm, spent in both
    ]


def _interval(worth: Compared | None) -> Interval | None:
    if worth is None or worth.low is None or worth.high is None or worth.difference is None:
        return None
    left, right = min(float(worth.low), 0.0), max(float(worth.high), 0.0)
    room = (right - left) * 0.04 or 1.0
    start, wide = left - room, right - left + 2 * room

    def place(amount: float) -> float:
        return round(100 * (amount - start) / wide, 2)

    low, found, high = (
        f"{'+' if amount > 0 else '−'}{money(abs(amount.quantize(1)), worth.currency, _ENGLISH)}".replace(".00", "")
        for amount in (worth.low, worth.difference, worth.high)
    )
    return Interval(
        place(float(worth.low)),
        place(float(worth.high)),
        place(float(worth.difference)),
        place(0.0),
        (low, found, high),
    )


def _inside(sentence: str) -> str:
    """A sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _country(code: str) -> str:
    return str(_ENGLISH.territories.get(code, code))
