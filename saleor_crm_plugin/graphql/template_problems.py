"""What can be wrong with owners' words, and with what staff wants done with them."""

from dataclasses import dataclass
from enum import StrEnum


class TemplateCode(StrEnum):
    """Why nothing was done."""

    INACTIVE = "inactive"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    NOT_SENT = "not_sent"


@dataclass(frozen=True)
class TemplateProblem:
    """What is wrong, and in which argument."""

    field: str | None
    message: str
    code: TemplateCode
