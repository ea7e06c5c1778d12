"""``crmFlowPause`` and ``crmFlowResume``: staff lets a flow rest, and go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..flows.catalogue import FLOWS
from ..flows.flow import Flow
from ..flows.pauses import pause, resume
from ..shop.port import get_shop
from .enums import FlowErrorCode
from .flow_problems import FlowCode, FlowProblem
from .flows import CrmFlow, Told, told
from .host import get_host
from .permissions import check_staff
from .switch import settings_in_use

_INACTIVE = FlowProblem(None, "The plugin is switched off.", FlowCode.INACTIVE)
_NOT_FOUND = FlowProblem("key", "No flow has this key.", FlowCode.NOT_FOUND)


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    flow: Told | None = None
    errors: Sequence[FlowProblem] = ()


class CrmFlowError(graphene.ObjectType):
    """Why a flow stayed as it was."""

    field = graphene.String(description="Name of the argument that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(FlowErrorCode, required=True, description="The error code.")


class CrmFlowPause(graphene.ObjectType):
    """Lets a flow rest."""

    flow = graphene.Field(CrmFlow, description="The flow as it is now. Null where nothing was done.")
    errors = graphene.List(graphene.NonNull(CrmFlowError), required=True, description="Why nothing was done.")


class CrmFlowResume(graphene.ObjectType):
    """Lets a flow go on."""

    flow = graphene.Field(CrmFlow, description="The flow as it is now. Null where nothing was done.")
    errors = graphene.List(graphene.NonNull(CrmFlowError), required=True, description="Why nothing was done.")


def key_argument() -> dict[str, Any]:
    """The argument that names a flow."""
    return {"key": graphene.Argument(graphene.String, required=True, description="Key of the flow.")}


def resolve_pause(root: Any, info: Any, *, key: str) -> Outcome:
    """Pause a flow. One that rests already does so since when it did."""
    check_staff(info.context)
    author = get_host().author(info.context)
    return _do(key, lambda flow: pause(flow, author, datetime.now(UTC)))


def resolve_resume(root: Any, info: Any, *, key: str) -> Outcome:
    """Resume a flow. One that does not rest stays as it is."""
    check_staff(info.context)
    return _do(key, resume)


def _do(key: str, what: Callable[[Flow], object]) -> Outcome:
    with get_shop().writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome(errors=[_INACTIVE])
        if key not in FLOWS:
            return Outcome(errors=[_NOT_FOUND])
        what(FLOWS[key])
        return Outcome(told(settings, key)[0])
