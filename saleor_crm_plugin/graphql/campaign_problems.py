"""What can be wrong with a newsletter, and with what staff wants done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CampaignCode(StrEnum):
    """Why nothing was done."""

    INACTIVE = "inactive"
    INVALID = "invalid"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class CampaignProblem:
    """What is wrong, and where in the arguments."""

    field: str | None
    message: str
    code: CampaignCode


INACTIVE = CampaignProblem(None, "The plugin is switched off.", CampaignCode.INACTIVE)
NOT_FOUND = CampaignProblem("id", "There is no such newsletter.", CampaignCode.NOT_FOUND)


def invalid(problems: Mapping[str, str]) -> Sequence[CampaignProblem]:
    """What was refused, field by field, as the schema names fields: ``audience.butNot.bought.0.products``."""
    return [CampaignProblem(_camel(place), text, CampaignCode.INVALID) for place, text in problems.items()]


def _camel(place: str) -> str:
    first, *rest = place.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
