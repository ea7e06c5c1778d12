"""``crmEventsTrack``: storefronts tell what visitors look at and search for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import graphene

from ..activity.views import TooMuchError
from ..shop.port import get_shop
from .enums import EventKind, EventsErrorCode
from .host import get_host
from .permissions import is_known
from .switch import settings_in_use
from .told import Code, NotTakenError, Problem, read
from .visits import take


@dataclass(frozen=True)
class Outcome:
    """What became of the events of one request."""

    recorded: int = 0
    errors: Sequence[Problem] = field(default_factory=tuple)


class CrmEventInput(graphene.InputObjectType):
    """One thing that a visitor did."""

    id = graphene.ID(
        required=True,
        description="The storefront's own name for the event, such as a UUID. Told again, nothing changes.",
    )
    kind = graphene.InputField(EventKind, required=True, description="What was done.")
    product_id = graphene.ID(description="ID of the product. Needed for PRODUCT_VIEW.")
    variant_id = graphene.ID(description="ID of the product variant, where one was chosen.")
    category_id = graphene.ID(description="ID of the category. Needed for CATEGORY_VIEW.")
    query = graphene.String(description="What was searched for. Needed for SEARCH.")
    at = graphene.InputField(
        lambda: get_host().date_time,
        description="When it was, at most a day ago; older events are left out. Now where it is not given.",
    )


class CrmEventsTrackError(graphene.ObjectType):
    """Why events were not taken."""

    field = graphene.String(description="Name of the argument, or of the event's field, that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(EventsErrorCode, required=True, description="The error code.")
    index = graphene.Int(description="Which event is wrong, from 0. Null where it is the request.")


class CrmEventsTrack(graphene.ObjectType):
    """Tells what visitors do."""

    recorded = graphene.Int(required=True, description="How many of the events were new and are stored now.")
    errors = graphene.List(graphene.NonNull(CrmEventsTrackError), required=True, description="Why nothing was taken.")


def arguments() -> dict[str, Any]:
    """The arguments of the mutation."""
    return {
        "visitor_id": graphene.String(
            description="The storefront's own name for the visitor: a UUID that it makes and keeps. May be left out"
            " for customers who are logged in and whose address is confirmed."
        ),
        "events": graphene.Argument(
            graphene.List(graphene.NonNull(CrmEventInput)), required=True, description="At most 50 events."
        ),
        "do_not_track": graphene.Boolean(
            description="Whether the visitor does not want to be followed: nothing is stored then."
        ),
    }


def resolve_track(
    root: Any,
    info: Any,
    events: Sequence[Any],
    visitor_id: str | None = None,
    do_not_track: bool | None = None,
) -> Outcome:
    """Store the events. Nothing is stored, and nothing read, for who does not want it or while the plugin is off."""
    context = info.context
    if do_not_track or _objects(context):
        return Outcome()
    shop, now = get_shop(), datetime.now(UTC)
    with shop.writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome()
        visitor_id = visitor_id or ""
        user_id = (get_host().user_id(context) or "") if is_known(context, settings) else ""
        try:
            seen = read(visitor_id, user_id, events, now)
            return Outcome(take(shop, settings.tracking, visitor_id, user_id, seen, now))
        except NotTakenError as wrong:
            return Outcome(errors=wrong.problems)
        except TooMuchError as wrong:
            return Outcome(errors=[Problem(None, str(wrong), Code.LIMIT_EXCEEDED)])


def _objects(context: Any) -> bool:
    """Whether the browser itself says no: Do Not Track (W3C, 2019), Global Privacy Control (Sec-GPC)."""
    return any(context.META.get(header) == "1" for header in ("HTTP_DNT", "HTTP_SEC_GPC"))
