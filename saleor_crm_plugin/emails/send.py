"""Delivery: mails leave the outbox, outside any transaction, over several connections at a time."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from time import monotonic, sleep
from traceback import format_exc
from uuid import UUID, uuid4

from django.core.mail import EmailMultiAlternatives

from ..config import Settings
from ..privacy import masked
from ..shop.port import Shop
from . import outbox, server
from .brand import Brand, brand_of
from .compose import compose
from .fate import Fate, Trouble
from .lanes import Answer, Lanes
from .models import Message
from .render import render
from .tracking.links import Tracking
from .verdict import IN_A_ROW, Verdict

logger = logging.getLogger(__name__)

BATCH = 200
CHUNK = 20  # mails: each is marked by two statements, and after a crash up to two are held
ANSWER_HOLDS = timedelta(seconds=2)

# Asked for each batch just before it leaves: the mails that must still be said. The flows answer, which
# withdraw the others.
StillWanted = Callable[[Sequence[Message]], set[UUID]]


def deliver(
    shop: Shop,
    settings: Settings,
    still_wanted: StillWanted,
    clock: Callable[[], datetime],
    until: datetime,
    resting: Collection[str] = (),
    refill: Callable[[], int] = lambda: 0,
    unmade: Callable[[Message], None] = lambda message: None,
) -> int:
    """Send due mails until ``until``. Returns how many were dealt with. The mails of ``resting`` flows wait.

    A mail that can't be made is held, and ``unmade`` is told so.

    When the outbox is empty it is refilled, over the same connections, until that moves nothing any more; and when only
    other mails than bulk ones are left, so that these never end for want of a lull.

    Mails are marked *sending* before the server hears of them, a chunk at a time, so that a crash leaves them held and
    never sends one twice. While one chunk is handed over, the next is made ready. Whether the mails must still be said
    is asked again every few seconds. A server that fails, or takes nothing, gets nothing more for now; after some
    failures it is left alone (``server.py``), and then only mails are dropped that nobody needs any more.
    """
    outbox.hold_lost(clock())
    delivery = _Delivery(shop, settings, still_wanted, clock, until, resting, unmade)
    try:
        if server.may_try(settings, delivery.began):
            delivery.run(refill)
        else:
            delivery.drop_expired()
    finally:
        outbox.release(delivery.worker)
    return delivery.done


class _Delivery:
    """One run of a worker."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        still_wanted: StillWanted,
        clock: Callable[[], datetime],
        until: datetime,
        resting: Collection[str],
        unmade: Callable[[Message], None],
    ) -> None:
        self._unmade = unmade
        self.worker, self.began, self.done = uuid4(), clock(), 0
        self._shop, self._settings, self._still_wanted = shop, settings, still_wanted
        self._clock, self._until, self._resting = clock, until, resting
        # Workers that wait for a slow server are missing elsewhere in the shop: none waits for more than a mail.
        self._lanes = Lanes(settings, late=lambda: clock() >= until)
        self._flying: dict[UUID, Message] = {}
        self._handed_over, self._verdict = 0, Verdict()
        self._refused: dict[str, str] = {}  # senders, and why
        self._batch = max(BATCH, CHUNK * settings.sending.connections)  # enough for all of them
        self._chunk = max(CHUNK, 2 * settings.sending.connections)
        if settings.sending.rate:
            self._chunk = max(1, min(self._chunk, timedelta(seconds=1) // settings.sending.rate))

    def run(self, refill: Callable[[], int]) -> None:
        """Send what is due."""
        trouble = ""
        try:
            while self._on():
                batch = self._reserve()
                if batch:
                    self._send_batch(batch)
                else:
                    self._note(at_most=0)
                if any(message.bulk for message in batch):
                    continue
                # What a refused sender has to say is not decided in heaps.
                decided = 0 if self._refused else refill()
                if not batch and not decided:
                    break
                self.done += decided
            self._note(at_most=0)
        except Trouble as error:
            trouble = str(error)
        finally:
            self._lanes.stop("")
            try:
                self._note(at_most=0)
            finally:
                self._lanes.close()
                self._verdict.suppress_missing(self._clock())
        self._tell(trouble or self._lanes.trouble or self._no_sender())

    def drop_expired(self) -> None:
        """Withdraw what has become too old while the server is left alone."""
        while self._on() and (batch := self._reserve(expired=True)):
            self.done += len(batch) - len(self._wanted(batch))

    def _reserve(self, expired: bool = False) -> list[Message]:
        return outbox.reserve(self.worker, self._clock(), self._batch, self._resting, expired)

    def _on(self) -> bool:
        return not (self._lanes.over or self._lanes.late())

    def _tell(self, trouble: str) -> None:
        """Tell the other workers, and the log, how the server took it."""
        if self._verdict.taken:
            server.worked(self._settings)
        if trouble:
            logger.error("CRM: the mail server can't be used: %s", masked(trouble))
            server.failed(self._settings, masked(trouble), self._clock())
        elif self._refused or not self._handed_over:
            server.not_tried(self._settings, self.began)

    def _no_sender(self) -> str:
        """Why nothing can leave, where the server refused every sender that the owner uses."""
        ours = {self._settings.sender(channel).address for channel in ("", *self._settings.sending.senders)}
        return next(iter(self._refused.values()), "") if ours <= set(self._refused) else ""

    def _send_batch(self, batch: Sequence[Message]) -> None:
        """Send one reserved batch, as far as it must still be said."""
        wanted, asked_at = self._wanted(batch), self._clock()
        self.done += len(batch) - len(wanted)
        waiting = [message for message in batch if message.pk in wanted]
        while waiting and self._on():
            if self._clock() - asked_at > ANSWER_HOLDS:
                wanted, asked_at = self._wanted(waiting), self._clock()
            self._lanes.widen(-(-len(waiting) // CHUNK))
            chunk, waiting = waiting[: self._chunk], waiting[self._chunk :]
            if not self._send_chunk([message for message in chunk if message.pk in wanted]):
                return
            self.done += len(chunk)

    def _wanted(self, messages: Sequence[Message]) -> set[UUID]:
        """Which mails must still be said. A question that fails is asked mail by mail; about whom it fails waits."""
        try:
            return self._still_wanted(messages)
        except Exception:
            logger.error("CRM: mails could not be looked at before sending: %s", masked(format_exc()))
        if len(messages) == 1:
            words = "It could not be looked at before sending; the log says why."
            outbox.put_off(messages[0], words, self._clock())
            return set()
        return set().union(*(self._wanted([message]) for message in messages))

    def _send_chunk(self, messages: Sequence[Message]) -> bool:
        """Mark mails *sending*, and hand them over as fast as the owner allows; False if that is not in this run."""
        messages = self._not_aside(messages)
        rate, asked_at = self._settings.sending.rate, self._clock()
        place: datetime | None = asked_at
        if rate and messages:
            self._note(at_most=0)
            place = server.pace(self._settings, len(messages), asked_at, self._until)
        if place is None:
            self._lanes.stop("")
            return False
        mails = [(message, mail) for message in messages if (mail := self._made(message))]
        sleep(max(0.0, (place - self._clock()).total_seconds()))
        if mails and place - asked_at > ANSWER_HOLDS:
            wanted = self._wanted([message for message, _ in mails])
            mails = [(message, mail) for message, mail in mails if message.pk in wanted]
        begun = outbox.begin([message.pk for message, _ in mails], self.worker, self._clock())
        start = monotonic()
        for number, (message, mail) in enumerate(one for one in mails if one[0].pk in begun):
            sleep(max(0.0, start + number * rate.total_seconds() - monotonic()))
            self._flying[message.pk] = message
            self._lanes.hand_over(message.pk, mail)
            self._handed_over += 1
        self._note(at_most=self._chunk)
        return True

    def _not_aside(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Those whose sender the server did not refuse in this run. The others are tried again later."""
        aside = {one.pk: self._refused[sender] for one in messages if (sender := self._sender(one)) in self._refused}
        outbox.set_aside(aside, self.worker, self._clock())
        return [message for message in messages if message.pk not in aside]

    def _sender(self, message: Message) -> str:
        return self._settings.sender(message.channel).address

    def _made(self, message: Message) -> EmailMultiAlternatives | None:
        try:
            content = self._tracking.content(message)
            rendered = render(message.template, message.language, content, self._brand(message.channel))
            return compose(message, rendered, self._shop, self._settings)
        except Exception as error:  # a template, a setting, an odd name: this mail is held, the others go on
            outbox.hold(message, masked(f"{type(error).__name__}: {error}"))
            self._tell_unmade(message)
            return None

    def _tell_unmade(self, message: Message) -> None:
        try:
            self._unmade(message)
        except Exception:  # what went with the mail is also found by the next sweep
            logger.error("CRM: what went with message %s is kept: %s", message.pk, masked(format_exc()))

    def _brand(self, channel: str) -> Brand:
        return brand_of(self._settings.look_of(channel))

    @cached_property
    def _tracking(self) -> Tracking:
        return Tracking(self._shop, self._settings)

    def _note(self, at_most: int) -> None:
        """Store what became of mails, after waiting until at most so many are under way."""
        answers = self._lanes.answers(at_most)
        outbox.sent([answer.key for answer in answers if answer.fate == Fate.SENT], self._clock())
        outbox.put_back([answer.key for answer in answers if answer.fate is None and not answer.words])
        for answer in answers:
            message = self._flying.pop(answer.key)
            if answer.fate == Fate.SENT:
                self._verdict.took()
            elif answer.fate == Fate.SENDER_REFUSED:
                self._put_aside(message, masked(answer.words)[:2000])
            elif answer.fate or answer.words:
                self._not_taken(message, answer)

    def _put_aside(self, message: Message, words: str) -> None:
        """A sender that is refused is no fault of the mail, and none of the other senders'."""
        if (sender := self._sender(message)) not in self._refused:
            logger.error("CRM: the mail server refuses the sender of channel %s: %s", message.channel, words)
            self._refused[sender] = words
        outbox.set_aside({message.pk: words}, self.worker, self._clock())

    def _not_taken(self, message: Message, answer: Answer) -> None:
        words = masked(answer.words)[:2000]
        if answer.fate is None or answer.fate == Fate.LATER:
            outbox.postpone(message, words, self._clock())
        elif answer.fate == Fate.UNKNOWN:
            outbox.hold(message, words)
        else:
            outbox.refused(message, words)
        if self._verdict.refused(missing=message.recipient if answer.fate == Fate.NO_MAILBOX else ""):
            self._lanes.stop(f"it took none of {IN_A_ROW} mails in a row. The last answer: {words}")
