"""What became of a newsletter: who got it, who did not and why, what came of it, and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from ...emails.models import Message
from ..catalogue import NEWSLETTER
from ..uplift.uplift import COUNTS_FOR, Uplift, uplift
from .models import Campaign
from .testing import arms
from .verdict import Arm, evidence


@dataclass(frozen=True)
class Revenue:
    """What those who got one version bought in a currency within 30 days: gross, less refunds."""

    currency: str
    orders: int
    revenue: Decimal


@dataclass(frozen=True)
class Version:
    """One version: how many mails of it left, and in how many of them a person clicked."""

    version: str
    sent: int
    clicked: int
    bought: Sequence[Revenue]


@dataclass(frozen=True)
class Tested:
    """Both versions as the test looks at them. ``evidence`` of 20 or more says that they differ (``verdict.py``)."""

    a: Arm
    b: Arm
    evidence: float


@dataclass(frozen=True)
class Report:
    """Numbers as of a moment. ``decisions`` are recipients by the last word on each: outcome and reason.

    ``mails`` are by state of the outbox: taken back ones are in none.
    """

    waiting: int
    decisions: Mapping[tuple[str, str], int]
    mails: Mapping[str, int]
    versions: Sequence[Version]
    test: Tested | None
    uplift: Uplift

    @property
    def sent(self) -> int:
        """Mails that the mail server took."""
        return self.mails.get(Message.State.SENT, 0)

    @property
    def clicked(self) -> int:
        """Mails in which a person clicked."""
        return sum(version.clicked for version in self.versions)


# The last decision of each run holds: one that was only moved is no other recipient.
_DECISIONS = """
SELECT outcome, reason, count(*) FROM (
    SELECT DISTINCT ON (decision.enrolment_id) decision.outcome, decision.reason
    FROM crm_decision decision JOIN crm_enrolment run ON run.id = decision.enrolment_id
    WHERE run.campaign_id = %(campaign)s
    ORDER BY decision.enrolment_id, decision.at DESC, decision.id DESC
) last GROUP BY outcome, reason ORDER BY count(*) DESC, outcome, reason
"""
# Who had his mail without a version is in no test: he reads a language that only version a speaks.
_MAILS = """
SELECT coalesce(nullif(run.version, ''), 'a'), mail.state, count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM crm_mail_response response
    WHERE response.message_id = mail.id AND response.kind = 'click' AND response."by" = 'person'
))
FROM crm_enrolment run JOIN crm_message mail ON mail.flow = run.flow AND mail.subject_id = run.subject_id
WHERE run.campaign_id = %(campaign)s
GROUP BY 1, mail.state
"""
# As uplift/queries.py counts orders.
_BOUGHT = """
SELECT coalesce(nullif(run.version, ''), 'a'), purchase.currency, count(*), sum(purchase.kept)
FROM crm_enrolment run
JOIN crm_purchase purchase ON purchase.contact_id = run.contact_id
    AND purchase.placed_at >= run.arm_at AND purchase.placed_at < run.arm_at + %(counts_for)s
    AND purchase.placed_at <= %(now)s
WHERE run.campaign_id = %(campaign)s AND run.arm = 'treated' AND purchase.counts AND purchase.paid
GROUP BY 1, purchase.currency ORDER BY purchase.currency
"""
_WAITING = "SELECT count(*) FROM crm_enrolment WHERE campaign_id = %(campaign)s AND state = 'waiting'"


def report(campaign: Campaign, now: datetime) -> Report:
    """All numbers of a newsletter. A constant number of queries, which read its recipients and what they bought."""
    values: dict[str, Any] = {"campaign": campaign.pk, "now": now, "counts_for": COUNTS_FOR}
    with connection.cursor() as cursor:

        def rows(statement: str) -> list[Any]:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

        ((waiting,),) = rows(_WAITING)
        decisions = {(outcome, reason): count for outcome, reason, count in rows(_DECISIONS)}
        mails, bought = rows(_MAILS), rows(_BOUGHT)
    states: dict[str, int] = {}
    for _, state, count, _ in mails:
        states[state] = states.get(state, 0) + count
    names = sorted({version for version, *_ in [*mails, *bought]})
    worth = uplift(NEWSLETTER.key, now, campaign.pk)
    if worth is None:
        raise AssertionError("a newsletter is not asked for")
    return Report(
        waiting, decisions, states, [_version(name, mails, bought) for name in names], _test(campaign, now), worth
    )


def _version(name: str, mails: Sequence[Any], bought: Sequence[Any]) -> Version:
    mine = [(state, count, clicked) for version, state, count, clicked in mails if version == name]
    return Version(
        version=name,
        sent=sum(count for state, count, _ in mine if state == Message.State.SENT),
        clicked=sum(clicked for _, _, clicked in mine),
        bought=[Revenue(currency, orders, revenue) for version, currency, orders, revenue in bought if version == name],
    )


def _test(campaign: Campaign, now: datetime) -> Tested | None:
    if not campaign.test_percent:
        return None
    both = arms(campaign, now)
    return Tested(both["a"], both["b"], evidence(both["a"], both["b"]))
