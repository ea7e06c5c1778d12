"""What can be wrong with what customers say of our mails."""

from dataclasses import dataclass
from enum import StrEnum


class MailCode(StrEnum):
    """Why nothing was stored."""

    INVALID = "invalid"
    REQUIRED = "required"
    NOT_FOUND = "not_found"
    LIMIT_EXCEEDED = "limit_exceeded"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class MailProblem:
    """What is wrong, and in which argument (in GraphQL's spelling)."""

    field: str | None
    message: str
    code: MailCode
