"""How one setting of the owner's is declared."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a setting is shown."""

    TEXT = "text"
    MULTILINE = "multiline"
    FLAG = "flag"
    SECRET = "secret"  # noqa: S105 - the name of a kind


@dataclass(frozen=True)
class Field:
    """One setting: how it is shown, what it is at first, and how its value is read."""

    name: str
    kind: Kind
    label: str
    help: str
    default: str | bool
    parse: Callable[[Any], Any]
