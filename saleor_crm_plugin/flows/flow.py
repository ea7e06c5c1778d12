"""What a declaration of a flow says (``catalogue.py``)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ..config import Settings
from ..contacts.preferences.models import MailKind
from .exits import Exit
from .people.triggers import Trigger


@dataclass(frozen=True)
class Step:
    """One mail of a flow, ``delay`` after the moment the waiting counts from."""

    template: str
    delay: Callable[[Settings], timedelta]


class Audience(StrEnum):
    """Who gets the mails of a flow, apart from whom it starts for: a sentence for people to read."""

    AGREED = "customers who agreed to marketing mail, and want mails of this kind"
    ASKED = "whoever asked for just this mail"


class CapClass(StrEnum):
    """What becomes of a mail that is one too many for a person (``caps.py``): a sentence for people to read."""

    NONE = "is no advertisement: it is always sent, and counts for no limit"
    SKIPPED = "is skipped where the customer had enough mail lately"
    WAITS = "waits where the customer had enough mail lately, as long as it still makes sense"


@dataclass(frozen=True)
class Flow:
    """A flow. A step that comes more than ``shelf_life`` too late (after an outage) is not said any more.

    For flows about customers (``people/``) ``starts`` and ``ends`` are all that says who enters and who leaves; carts
    and stock tell of themselves, and some of their exits are for people to read alone. ``again_after``: a customer who
    was in the flow does not enter it again before; None: never. Of two mails that are due to one person the flow of the
    lower ``priority`` is decided first, and caps may leave nothing to the other. ``holdout``: some customers get no
    mail of it, so that the others can be compared. ``at_night``: it is said at any hour, since somebody waits for it
    now. ``shows``: it is about products that started it, and says nothing when none of them is there. ``grants``: a
    code of this voucher tier goes with its first mail, which ``yields_to`` that of a better one: the key of its flow.
    Customers may not want mails of its ``kind``. ``bulk``: many get it at once, and nobody just did what it answers:
    mails of other flows leave before it.
    """

    key: str
    title: str
    starts: Trigger
    ends: tuple[Exit, ...]
    enabled: Callable[[Settings], bool]
    steps: tuple[Step, ...]
    shelf_life: timedelta
    priority: int
    kind: MailKind
    audience: Audience = Audience.AGREED
    caps: CapClass = CapClass.SKIPPED
    holdout: bool = True
    again_after: timedelta | None = None
    at_night: bool = False
    even_unsubscribed: bool = False
    shows: bool = False
    grants: str = ""
    yields_to: str = ""
    bulk: bool = False

    @property
    def of_people(self) -> bool:
        """Whether it is about a customer, and not about a cart or a product."""
        return bool(self.starts.select)

    @property
    def asked_for(self) -> bool:
        """Whether the customer asked for just this mail, so that it needs no other consent."""
        return self.audience is Audience.ASKED


def at_once(settings: Settings) -> timedelta:
    """No delay."""
    return timedelta(0)


def told(sentence: str) -> Trigger:
    """What carts and stock tell of by themselves."""
    return Trigger(sentence, select="")
