"""Several connections to the mail server, each in a thread of its own. The threads know mails and nothing else: the
database belongs to the one that hands the mails over.

Each mail that is handed over has one answer. A server that hangs up between two mails is dialled again. One that can't
be used, or hangs up amid a mail, ends it all: what is still waiting then comes back as it was.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from traceback import format_exc
from uuid import UUID

from django.core.mail import EmailMultiAlternatives

from ..config import Settings
from ..privacy import masked
from .fate import Fate, Trouble
from .smtp import Connection, dial

logger = logging.getLogger(__name__)

IDLE = 20  # seconds of silence after which a server is asked whether it still listens
STALE = 120  # seconds: what could not be handed over in that time is looked at anew before it is


@dataclass(frozen=True)
class Answer:
    """What became of a mail. ``fate`` is None where it was not handed over, with ``words`` if that was about it."""

    key: UUID
    fate: Fate | None
    words: str = ""


@dataclass(frozen=True)
class _Job:
    key: UUID
    mail: EmailMultiAlternatives
    since: float


class Lanes:
    """Connections that take mails in turn. To be closed. Once it is ``late``, mails that still wait come back."""

    def __init__(
        self,
        settings: Settings,
        dialling: Callable[[Settings], Connection] = dial,
        late: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings, self._dial, self.late = settings, dialling, late
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._threads: list[Thread] = []
        self._lock, self._working = Lock(), 0
        self._over = Event()
        self.trouble = ""  # what ended it all
        self.flying = 0  # mails without an answer

    def widen(self, wanted: int) -> None:
        """See that there are so many lanes, as far as the owner wants them. Raises Trouble if not one can be opened."""
        wanted = min(wanted, self._settings.sending.connections)
        while len(self._threads) < wanted:
            # The first is opened at once: before it is known to be there, no mail is touched.
            lane = _Lane(self, self._dial(self._settings) if not self._threads else None)
            thread = Thread(target=lane.run, name="crm-lane", daemon=True)
            with self._lock:
                thread.start()
                self._working += 1
            self._threads.append(thread)

    def hand_over(self, key: UUID, mail: EmailMultiAlternatives) -> None:
        """Give a mail to whichever lane is free first."""
        self.flying += 1
        self._jobs.put(_Job(key, mail, monotonic()))

    def answers(self, at_most: int) -> list[Answer]:
        """The answers that are there, after waiting until at most so many mails have none yet."""
        found: list[Answer] = []
        while self.flying > at_most:
            found.append(self._answers.get())
            self.flying -= 1
        while True:
            try:
                found.append(self._answers.get_nowait())
            except Empty:
                return found
            self.flying -= 1

    @property
    def over(self) -> bool:
        """Whether nothing is handed over any more."""
        return self._over.is_set()

    def stop(self, why: str) -> None:
        """Hand over nothing more. The mails that are under way are finished."""
        with self._lock:
            self.trouble = self.trouble or why
        self._over.set()

    def close(self) -> None:
        """Finish what is under way, and say good-bye."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()


class _Lane:
    """One connection, in its thread."""

    def __init__(self, lanes: Lanes, connection: Connection | None) -> None:
        self._lanes, self._connection = lanes, connection
        self._carried, self._used_at = 0, monotonic()

    def run(self) -> None:
        lanes = self._lanes
        while job := lanes._jobs.get():
            if lanes.over or lanes.late() or monotonic() - job.since > STALE:
                lanes._answers.put(Answer(job.key, None))
                continue
            try:
                self._connect()
            except Exception as error:  # nothing was handed over, and a mail without an answer would be waited for
                why = f"{error}" if isinstance(error, Trouble) else f"{type(error).__name__}: {error}"
                if self._leave(job, why, ""):
                    return
                continue
            try:
                fate, words = self._send(job.mail)
            except Trouble as trouble:
                if self._leave(job, f"{trouble}", f"{trouble}"):
                    return
            except Exception as error:
                logger.error("CRM: a mail could not be handed over: %s", masked(format_exc()))
                lanes.stop(f"{type(error).__name__}: {error}")
                lanes._answers.put(Answer(job.key, Fate.UNKNOWN, f"{type(error).__name__}: {error}"))
            else:
                if fate == Fate.UNKNOWN:
                    lanes.stop(words)
                lanes._answers.put(Answer(job.key, fate, words))
        self._close()

    def _connect(self) -> None:
        """See that there is a connection that the server listens to. Raises Trouble."""
        rules = self._lanes._settings.sending
        used_up = rules.renew_after and self._carried >= rules.renew_after
        if self._connection and (used_up or self._gone()):
            self._close()
        if self._connection is None:
            self._connection, self._carried = self._lanes._dial(self._lanes._settings), 0

    def _gone(self) -> bool:
        return monotonic() - self._used_at > IDLE and self._connection is not None and not self._connection.alive()

    def _send(self, mail: EmailMultiAlternatives) -> tuple[Fate, str]:
        """Send it; over a new connection where the server hung up on one that had carried others. Raises Trouble."""
        assert self._connection is not None
        try:
            answer = self._connection.send(mail)
        except Trouble:
            carried = self._carried
            self._close()
            if not carried:
                raise
            self._connect()
            answer = self._connection.send(mail)
        self._carried += 1
        self._used_at = monotonic()
        return answer

    def _leave(self, job: _Job, why: str, words: str) -> bool:
        """Give up. True if others go on: one of them takes the mail, which nobody has heard of yet."""
        lanes = self._lanes
        self._close()
        with lanes._lock:
            lanes._working -= 1
            others = lanes._working > 0
        if others and not words:
            lanes._jobs.put(job)
            return True
        if not others:
            lanes.stop(why)
        lanes._answers.put(Answer(job.key, None, words))
        return others

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
