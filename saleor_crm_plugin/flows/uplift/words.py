"""What a flow is worth, as a shop owner reads it."""

from collections.abc import Iterator
from decimal import Decimal

from .uplift import CLICK_HOLDS, COUNTS_FOR, MOST_WEEKS, Arm, Compared, Spent, Uplift


def tell(found: Uplift) -> Iterator[str]:
    """The lines of a report. Codes are told of only beside the comparison: they count who would have ordered anyway."""
    if not found.treated.people and not found.held_out.people:
        return
    yield f"got mail:  {_people(found.treated)}"
    yield f"held out:  {_people(found.held_out)}"
    if found.newsletters > 1:
        yield f"           in {found.newsletters:,} newsletters, each beside those who were held out of it; everybody"
        yield "           counts once in each. What one newsletter more brings, to people who get others, too"
    running = found.treated.running + found.held_out.running
    if running:
        days = COUNTS_FOR.days
        yield f"           {running:,} of them are still in their {days} days; what they ordered so far counts"
    if not found.held_out.people:
        yield "Nobody was held out: what the mails are worth can't be known."
    elif not found.currencies:
        yield f"Nobody paid for an order within {COUNTS_FOR.days} days. Not conclusive yet."
    for one in found.currencies:
        yield f"{one.currency}: {_spent(one.treated, one.currency)} after a mail,"
        yield f"     {_spent(one.held_out, one.currency)} without one"
        if found.held_out.people:
            yield f"     {conclusion(one)}"
    for code in found.by_code:
        yield f"With codes of these mails: {_orders(code.orders)}, {_money(code.revenue)} {code.currency}. Some would"
        yield "     have been placed without a code: this is no measure of what the mails are worth."
    for click in found.by_last_click:
        yield f"Within {CLICK_HOLDS.days} days of a click, the last one being in these mails: {_orders(click.orders)},"
        yield f"     {_money(click.revenue)} {click.currency}. Who clicks may have bought anyway: no measure either."


def conclusion(one: Compared) -> str:
    """What the comparison says in one currency."""
    if one.difference is None or one.low is None or one.high is None:
        return f"Not conclusive yet in {one.currency}: too few people or orders to say anything."
    said = (
        f"Per 1,000 people {_signed(one.difference)} {one.currency} (95 %: {_signed(one.low)} to {_signed(one.high)})"
    )
    if one.conclusive:
        return f"{said}: {'the mails bring more' if one.difference > 0 else 'the mails bring less'}."
    if one.once:
        return f"{said}: not conclusive. Nobody comes to a newsletter any more: all of them together tell more."
    return f"{said}: not conclusive yet, {_when(one.weeks)} at this rate."


def _when(weeks: int | None) -> str:
    if weeks is None:
        return f"more than {MOST_WEEKS // 52} years"
    return f"about {weeks} {'week' if weeks == 1 else 'weeks'}"


def _people(arm: Arm) -> str:
    return f"{arm.people:,} {'person' if arm.people == 1 else 'people'}"


def _spent(spent: Spent, currency: str) -> str:
    return f"{_money(spent.per_1000)} {currency} per 1,000 people ({_orders(spent.orders)} of {spent.buyers:,})"


def _orders(count: int) -> str:
    return f"{count:,} {'order' if count == 1 else 'orders'}"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}"
