"""A newsletter's numbers, as a shop owner reads them."""

from collections.abc import Iterator, Mapping

from ..reasons import SENTENCES, Reason
from ..uplift.words import tell
from .models import Campaign
from .report import Report, Tested

# Why somebody of the audience is no recipient (``audience/queries.py``): the sentences of decisions.
EXCLUDED: Mapping[str, str] = {
    reason: SENTENCES[reason]
    for reason in (
        Reason.SUPPRESSED,
        Reason.NO_CONSENT,
        Reason.NOT_ON_ALLOW_LIST,
        Reason.OTHER_CHANNEL,
        Reason.KIND_UNWANTED,
        Reason.UNANSWERED,
    )
}


def lines(campaign: Campaign, told: Report) -> Iterator[str]:
    """The lines of a report."""
    yield f"{campaign.name}: {campaign.state}, {campaign.recipients:,} recipients, {told.waiting:,} still wait"
    if campaign.problem:
        yield f"  held: {campaign.problem}"
    for reason, count in campaign.excluded.items():
        yield f"  {count:>8,}  no recipients: {EXCLUDED[reason]}"
    for (outcome, reason), count in told.decisions.items():
        yield f"  {count:>8,}  {outcome.replace('_', ' ')}: {SENTENCES[Reason(reason)]}"
    for state, count in sorted(told.mails.items()):
        yield f"  {count:>8,}  mails {state}"
    for version in told.versions:
        bought = ", ".join(f"{one.orders:,} orders of {one.revenue:,.2f} {one.currency}" for one in version.bought)
        clicked = f"{version.sent:,} sent, clicked in {version.clicked:,}"
        yield f"version {version.version}: {clicked}; {bought or 'no orders'}"
    if told.test:
        yield _tested(campaign, told.test)
    yield from tell(told.uplift)


def _tested(campaign: Campaign, test: Tested) -> str:
    what = "clicked" if campaign.test_by == Campaign.TestBy.CLICKS else "bought"
    # All who were drawn count, also who was held out or had enough mail: more than got one.
    seen = (
        f"a: {test.a.successes:,} of {test.a.people:,} drawn for it {what},"
        f" b: {test.b.successes:,} of {test.b.people:,}"
    )
    if campaign.winner in ("a", "b"):
        return f"test: {seen}. The others get {campaign.winner}."
    if campaign.winner:
        return f"test: {seen}. Neither was clearly better: the others get either."
    if campaign.state not in (Campaign.State.SENT, Campaign.State.CANCELLED):
        return f"test: {seen}. Not clear yet."
    if not test.a.people and not test.b.people:
        return "test: nobody was drawn for it."
    return f"test: {seen}. It ended before that was clear."
