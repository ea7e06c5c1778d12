"""The decision: due steps are claimed, everything is read afresh, and each becomes one mail or one reason."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from traceback import format_exc
from typing import Any

from django.db import transaction

from ..config import Settings
from ..contacts.models import Contact
from ..contacts.suppression import suppressed
from ..emails import browser, outbox, unsubscribe
from ..emails.models import Message
from ..emails.own import places
from ..emails.products import add_products
from ..privacy import masked
from ..shop.port import Shop
from . import claims
from .caps import recent_mails
from .catalogue import FLOWS, GONE
from .flow import CapClass
from .judge import Case, Verdict, judge
from .letterhead import greet
from .models import Decision, Enrolment
from .reasons import Reason
from .record import SAID, record, set_arm
from .situation import Sitting
from .stored import add
from .topics import by_topic
from .wishes import NONE, wishes

logger = logging.getLogger(__name__)

AFTER_ERROR = timedelta(hours=1)
ERRORS_END_AFTER = timedelta(hours=24)


def decide_due(shop: Shop, settings: Settings, now: datetime, limit: int = 200) -> int:
    """Decide up to ``limit`` due steps, oldest first, and what else is due to the same people. Returns how many were
    decided."""
    return decide_claimed(shop, settings, claims.OLDEST, {"limit": limit}, now)


def decide_claimed(shop: Shop, settings: Settings, statement: str, values: Mapping[str, Any], now: datetime) -> int:
    """Decide the runs that a statement claims (``claims.take``).

    A batch that fails is decided again one by one, so that one bad subject does not hold up the others. Returns how
    many were decided.
    """
    until, claimed = claims.take(statement, values, now)
    if not claimed:
        return 0
    try:
        return _decide(shop, settings, claimed, until, now, whole=True)
    except Exception:
        logger.error("CRM: a batch could not be decided: %s", masked(format_exc()))
        return sum(_decide_alone(shop, settings, run, until, now) for run in claimed)
    finally:
        claims.release(claimed, until)


def _decide_alone(shop: Shop, settings: Settings, run: Enrolment, until: datetime, now: datetime) -> int:
    try:
        return _decide(shop, settings, [run], until, now, whole=False)
    except Exception:
        logger.error("CRM: run %s could not be decided: %s", run.pk, masked(format_exc()))
    with transaction.atomic():
        runs = claims.lock([run], until)
        record([(run, _after_error(run, now)) for run in runs], settings, now)
    return len(runs)


def _decide(
    shop: Shop, settings: Settings, claimed: Sequence[Enrolment], until: datetime, now: datetime, *, whole: bool
) -> int:
    """Decide leased runs. What may use the network is looked up before the transaction; what it is about is compared
    with what is there inside it. ``whole``: people of whom something due can't be had just now are left for later."""
    looked_up = {topic: topic.look_up(shop, settings, some, now) for topic, some in by_topic(claimed).items()}
    with transaction.atomic():
        runs = claims.lock(claimed, until)
        contacts = claims.lock_contacts(runs)
        runs = [run for run in runs if run.contact_id is None or run.contact_id in contacts]
        free = [run for topic, some in by_topic(runs).items() for run in topic.claim(some, now)]
        if whole:
            torn = claims.torn(free, now)
            free = [run for run in free if run.contact_id not in torn]
        sittings: dict[str, Sitting] = {}
        for topic, some in by_topic(free).items():
            sitting = topic.sit(shop, settings, some, contacts, looked_up[topic], now)
            sittings |= dict.fromkeys((run.flow for run in some), sitting)
        _Batch(shop, settings, contacts, sittings, now).decide(free)
    return len(free)


def order(run: Enrolment) -> tuple[int, datetime, int]:
    """The more important flow first: what it says may leave nothing to the others under the caps."""
    return FLOWS.get(run.flow, GONE).priority, run.due_at, run.pk


class _Batch:
    """Runs that are decided together, each flow's by its own sitting."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        contacts: Mapping[int, Contact],
        sittings: Mapping[str, Sitting],
        now: datetime,
    ) -> None:
        self._shop, self._settings, self._now = shop, settings, now
        self._contacts, self._sittings = contacts, sittings
        self._mails = recent_mails(contacts, now)
        self._refusals = suppressed(contact.email or "" for contact in contacts.values())
        self._said: set[tuple[str, str, int]] = set()
        self._wishes = wishes(contacts, settings)
        self._verdicts: dict[int, tuple[Enrolment, Verdict]] = {}
        self._also: dict[Enrolment, Sequence[Enrolment]] = {}  # runs whose mail is sent, and those that it is of, too
        self._secured: set[int] = set()  # runs whose mails promise nothing that is not sure
        self._frozen: dict[int, Message] = {}  # by run: mails as they will be sent

    def decide(self, runs: Sequence[Enrolment]) -> None:
        """Judge, make sure of what is promised, and store what follows."""
        self._said = outbox.said([(run.flow, run.subject_id) for run in runs])
        open_: Sequence[Enrolment] = runs
        while open_:
            for run in sorted(open_, key=order):
                if run.pk not in self._verdicts:
                    self._judge(run)
            open_ = self._freed([*self._secure(), *self._freeze()])
        messages = list(self._frozen.values())
        greet(self._shop, messages)
        places.use(messages)
        asked = [self._sittings[mail.flow].asking(mail) for mail in messages]
        add_products(self._shop, self._settings, asked, self._now)
        unsubscribe.add_links(self._shop, messages)
        browser.add_links(self._shop, messages)
        add(messages)
        decided = list(self._verdicts.values())
        record(decided, self._settings, self._now)
        for sitting in dict.fromkeys(self._sittings.values()):
            mine = [(run, verdict) for run, verdict in decided if self._sittings[run.flow] is sitting]
            sitting.close([(run, verdict.outcome, verdict.reason) for run, verdict in mine])

    def _judge(self, run: Enrolment) -> None:
        """Decide one step; an error is that step's own and leaves the others alone."""
        contact = self._contacts.get(run.contact_id) if run.contact_id else None
        also: Sequence[Enrolment] = ()
        try:
            verdict = judge(self._case(run, contact), self._settings, self._now)
            if contact and verdict.outcome in SAID:
                also = self._sittings[run.flow].together(run)
        except Exception:
            logger.error("CRM: run %s could not be decided: %s", run.pk, masked(format_exc()))
            verdict = _after_error(run, self._now)
        self._verdicts[run.pk] = run, verdict
        for one in also:  # they are of the same arm as the run that the mail is of
            set_arm(one, verdict.outcome, self._now)
            self._verdicts[one.pk] = one, Verdict(Decision.Outcome.SKIPPED, Reason.SAID_TOGETHER, ends=True)
        if contact and verdict.outcome == Decision.Outcome.SENT:
            self._also[run] = also
        if contact and verdict.outcome in SAID and FLOWS[run.flow].caps is not CapClass.NONE:
            self._mails.setdefault(contact.pk, []).append(self._now)

    def _secure(self) -> list[Enrolment]:
        """Have what mails promise made; those of which it can't be are not sent. They count among those who were
        treated all the same: whoever is held out is not asked whether there would have been anything to give.

        Returns the runs whose mails are not sent.
        """
        unsent = []
        for sitting in dict.fromkeys(self._sittings.values()):
            mine = [run for run in self._also if self._sittings[run.flow] is sitting and run.pk not in self._secured]
            refused = sitting.secure([(run, self._contact(run)) for run in mine]) if mine else {}
            self._secured.update(run.pk for run in mine)
            for run in [run for run in mine if run.pk in refused]:
                del self._also[run]
                set_arm(run, Decision.Outcome.SENT, self._now)
                self._verdicts[run.pk] = run, Verdict(Decision.Outcome.SKIPPED, refused[run.pk], ends=True)
                unsent.append(run)
        return unsent

    def _freed(self, unsent: Sequence[Enrolment]) -> list[Enrolment]:
        """Runs that had to stand back behind mails which are not sent after all: they are judged again."""
        first = {run.contact_id: run for run in sorted(unsent, key=order, reverse=True)}
        for run in unsent:
            if FLOWS[run.flow].caps is not CapClass.NONE:
                self._mails[run.contact_id or 0].remove(self._now)
        freed = [
            run
            for run, verdict in self._verdicts.values()
            if verdict.reason == Reason.CAPPED and run.contact_id in first and order(run) > order(first[run.contact_id])
        ]
        for run in freed:
            del self._verdicts[run.pk]
        return freed

    def _freeze(self) -> list[Enrolment]:
        """Make the mails of steps that are sent. Returns the runs whose mails could not be made."""
        unsent = []
        for run in [run for run in self._also if run.pk not in self._frozen]:
            _, verdict = self._verdicts[run.pk]
            try:
                self._frozen[run.pk] = self._message(run, self._contact(run), self._also[run], verdict)
            except Exception:
                logger.error("CRM: run %s could not be decided: %s", run.pk, masked(format_exc()))
                for one in (run, *self._also.pop(run)):
                    self._verdicts[one.pk] = one, _after_error(one, self._now)
                unsent.append(run)
        return unsent

    def _contact(self, run: Enrolment) -> Contact:
        return self._contacts[run.contact_id or 0]

    def _case(self, run: Enrolment, contact: Contact | None) -> Case:
        return Case(
            run=run,
            flow=FLOWS.get(run.flow, GONE),
            contact=contact,
            situation=self._sittings[run.flow].situation(run, contact),
            said=(run.flow, run.subject_id, run.next_step) in self._said,
            suppressed=self._refusals.get(contact.email or "") if contact else None,
            mails=self._mails.get(contact.pk, []) if contact else [],
            wishes=self._wishes.get(contact.pk, NONE) if contact else NONE,
        )

    def _message(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment], verdict: Verdict) -> Message:
        """The mail of one step, frozen: it will say just this."""
        flow, frozen = FLOWS[run.flow], self._sittings[run.flow].frozen(run, contact, also)
        planned_at = verdict.planned_at or run.planned_at
        return Message(
            flow=flow.key,
            subject_id=run.subject_id,
            step=run.next_step,
            contact=contact,
            recipient=contact.email or "",
            template=frozen.template or flow.steps[run.next_step].template,
            language=(not frozen.fixed and self._wishes.get(contact.pk, NONE).language) or frozen.language,
            channel=frozen.channel,
            content=frozen.content,
            bulk=flow.bulk,
            created_at=self._now,
            next_attempt_at=frozen.leaves_at or self._now,
            attempts=run.attempts,
            expires_at=max(planned_at + flow.shelf_life, self._now + timedelta(hours=1)),
        )


def _after_error(run: Enrolment, now: datetime) -> Verdict:
    """Again later, but not for ever."""
    ends = now > run.planned_at + ERRORS_END_AFTER
    again_at = None if ends else now + AFTER_ERROR
    return Verdict(Decision.Outcome.FAILED, Reason.ERROR, again_at=again_at, ends=ends)
