"""What can be wrong when staff changes a flow."""

from dataclasses import dataclass
from enum import StrEnum


class FlowCode(StrEnum):
    """Why a flow stays as it is."""

    NOT_FOUND = "not_found"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class FlowProblem:
    """What is wrong, and in which argument."""

    field: str | None
    message: str
    code: FlowCode
