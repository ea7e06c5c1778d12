"""The codes of one customer: what each is good for, and what became of it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from .issue import last_day
from .models import Grant

MOST = 50
_ENDED = {
    Grant.State.GIVEN_BACK: "was given back: its mail was not sent",
    Grant.State.EXPIRED: "expired unused",
    Grant.State.DEACTIVATED: "was switched off by the shop's staff, or with its order",
}


def codes_of(contact_id: int) -> list[Grant]:
    """The codes that were granted to a contact, the newest first; the last ``MOST``. One query."""
    found = Grant.objects.filter(contact=contact_id).select_related("redeemed_by")
    return list(found.order_by("-granted_at", "-pk")[:MOST])


def worth(grant: Grant) -> str:
    """What it takes off: 20 %, 10.00 EUR."""
    return f"{grant.percent.normalize():f} %" if grant.percent else f"{grant.value:.2f} {grant.currency}"


def became(grant: Grant) -> str:
    """What became of it, in words."""
    if grant.state == Grant.State.REDEEMED:
        return f"was used by {_who(grant)} for the order {grant.redeemed_order_id}"
    return _ENDED.get(Grant.State(grant.state), "was not used yet")


def tell(contact_id: int, zone: ZoneInfo) -> Iterator[str]:
    """The lines about a contact's codes. Days are those of ``zone``."""
    for grant in reversed(codes_of(contact_id)):
        until = last_day(grant.expires_at, zone)
        yield f"Code {grant.code} ({worth(grant)}, tier {grant.tier}, until {until}) {became(grant)}."


def _who(grant: Grant) -> str:
    if grant.redeemed_by is None:
        return "somebody unknown"
    return f"somebody else, contact {grant.redeemed_by_id}," if grant.shared else "this customer"
