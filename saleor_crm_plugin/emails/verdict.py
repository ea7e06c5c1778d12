"""What a mail server's answers in one run say of itself: one that takes hardly any mail, or says of most mailboxes that
they are missing, is set up wrongly or has had enough of us. It is not believed then."""

from collections.abc import Collection
from datetime import datetime

from ..contacts.models import Suppression
from ..contacts.suppression import suppress

IN_A_ROW = 10  # mails not taken, after which the fault is not theirs
ENOUGH = 20  # answers, from which on their shares tell something


class Verdict:
    """The answers of one run."""

    def __init__(self) -> None:
        self.taken = 0
        self._answers, self._row = 0, 0
        self._missing: list[str] = []  # before the server took another mail
        self._missing_in_row: list[str] = []

    def took(self) -> None:
        """It took a mail."""
        self.taken += 1
        self._answers += 1
        self._row = 0
        self._missing += self._missing_in_row
        self._missing_in_row.clear()

    def refused(self, missing: str = "") -> bool:
        """It did not take one, since the mailbox of this address is missing, or for another reason. Returns whether
        that is enough."""
        self._answers += 1
        self._row += 1
        if missing:
            self._missing_in_row.append(missing)
        return self._row >= IN_A_ROW

    def suppress_missing(self, now: datetime) -> None:
        """Keep addresses from all mail of which the server is believed that they have no mailbox."""
        for address in self._believed():
            suppress(address, Suppression.Reason.HARD_BOUNCE, now)

    def _believed(self) -> Collection[str]:
        missing = self._missing if self._row >= IN_A_ROW else self._missing + self._missing_in_row
        return [] if self._answers >= ENOUGH and 2 * len(missing) >= self._answers else missing
