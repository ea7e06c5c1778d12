"""What a newsletter's mail is about (``flows.situation``): its campaign, and where the recipient buys."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from ...among import Among
from ...config import Settings
from ...contacts.models import Contact
from ...emails import links
from ...emails.models import Message
from ...emails.own.kept import blocks_of
from ...emails.products import Asking
from ...shop.port import Shop
from ..holdout import held_out
from ..letterhead import letterhead
from ..models import Decision, Enrolment
from ..places import Place, addressed
from ..reasons import Reason
from ..situation import Frozen, Objection, Outgoing, Situation
from .course import hold
from .models import Campaign
from .recipients import left_in_window
from .words import problems_of, spoken, wordings

PRICES_HOLD = timedelta(hours=4)
_SENDING, _PAUSED, _CANCELLED = Campaign.State.SENDING, Campaign.State.PAUSED, Campaign.State.CANCELLED


def subject(campaign_id: int, contact_id: int) -> str:
    """What a run of a newsletter is about (``recipients.py`` writes the same)."""
    return f"{campaign_id}.{contact_id}"


def campaign_of(subject_id: str) -> int:
    """The campaign that a run is of."""
    return int(subject_id.partition(".")[0])


def holdout_of(campaign_id: int) -> str:
    """The name by which a newsletter's holdout is drawn: other people in each."""
    return f"newsletter:{campaign_id}"


class Newsletters:
    """Newsletters (``situation.Topic``)."""

    def look_up(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        """Nothing needs the network."""

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """Those whose campaign is being sent, as many as it may write to now. One that has a rate or a window is
        locked: its next slot, and what its window leaves, are one worker's to give."""
        ids = {run.campaign_id for run in runs if run.campaign_id}
        going = Campaign.objects.filter(pk__in=ids, state=_SENDING)
        unlimited = Q(rate=None, window_mails=None)
        left = dict.fromkeys(going.filter(unlimited).values_list("pk", flat=True), len(runs))
        locked = going.exclude(unlimited).order_by("pk").select_for_update(skip_locked=True, no_key=True)
        for campaign in locked:
            most = left_in_window(campaign, now)
            left[campaign.pk] = len(runs) if most is None else most
        free = []
        for run in runs:
            key = run.campaign_id or 0
            if left.get(key, 0) > 0:
                left[key] -= 1
                free.append(run)
        return free

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: None,
        now: datetime,
    ) -> "NewsletterSitting":
        """Read where the recipients buy."""
        return NewsletterSitting(shop, settings, runs, now)

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """Whether their campaigns still go on. Two queries."""
        of = {message.pk: campaign_of(message.subject_id) for message in messages}
        campaigns = Campaign.objects.in_bulk(set(of.values()))
        states = {key: campaign.state for key, campaign in campaigns.items()}
        problems = problems_of([one for one in campaigns.values() if one.state == _SENDING], settings)
        for key, problem in problems.items():
            hold(campaigns[key], problem)
            states[key] = _PAUSED
        answer = {}
        for message in messages:
            state, contact = states.get(of[message.pk]), contacts.get(message.contact_id)
            answer[message.pk] = Outgoing(
                over=Reason.CANCELLED if state in (None, _CANCELLED) else None,
                changed=Objection(Reason.PAUSED, now, same=True) if state == _PAUSED else None,
                old_after=PRICES_HOLD,
                never_late=True,
                country=contact.country if contact else "",
            )
        return answer

    def hold(self, messages: Sequence[Message]) -> None:
        """A run is all that there is to lock."""

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Nothing was promised."""


class NewsletterSitting:
    """One batch of due recipients (``situation.Sitting``)."""

    def __init__(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> None:
        self._shop, self._settings, self._now = shop, settings, now
        self._campaigns = Campaign.objects.in_bulk({run.campaign_id for run in runs if run.campaign_id})
        self._words = wordings(self._campaigns.values())
        contacts = [run.contact_id for run in runs if run.contact_id]
        self._places = addressed(contacts)
        # Who has become one person since, under two addresses that both were recipients, gets it once.
        had = Enrolment.objects.filter(
            Among("contact", contacts), campaign__in=self._campaigns, state=Enrolment.State.FINISHED
        ).exclude(arm=Enrolment.Arm.NONE)
        self._had = set(had.values_list("campaign_id", "contact_id"))
        self._slots = {
            key: max(one.next_slot_at or now, now) for key, one in self._campaigns.items() if one.rate is not None
        }

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """Who bought elsewhere meanwhile is no recipient. After a pause the waiting counts from its end."""
        campaign = self._campaigns[run.campaign_id or 0]
        over = None
        if contact and self._place(run, contact).channel not in campaign.channels:
            over = Reason.OTHER_CHANNEL
        if (run.campaign_id, run.contact_id) in self._had:
            over = Reason.ALREADY_SAID
        return Situation(
            over=over,
            changed_at=campaign.going_since,
            country=contact.country if contact else "",
            held_out=bool(contact and held_out(contact.key, holdout_of(campaign.pk), campaign.holdout_percent)),
        )

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Each run has a mail of its own."""
        return ()

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """Nothing is promised."""
        return {}

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail: the words nearest to the recipient's language, in the version of the run. Who reads a language that
        only version a speaks is in no test: whether he clicks tells nothing of version b."""
        campaign = self._campaigns[run.campaign_id or 0]
        run.version = run.version or _drawn(campaign, contact)
        place = self._place(run, contact)
        both = self._words[campaign.pk]
        words = both.nearest(run.version, place.language, campaign.language)
        if not both.differ(place.language):
            tests = campaign.test_percent and not campaign.winner
            run.version = "" if tests else words.version
        content = letterhead(self._shop, self._settings, channel=place.channel) | {
            "shop_url": links.shop(self._settings, utm(campaign)),
            "utm_campaign": utm(campaign),
            "items": [],
            "words": words.key,
            "written_in": words.language,
        }
        language = spoken(place.language, words.language)
        if language != place.language:
            content["speaks"] = place.language
        return Frozen(language, place.channel, content, self._slot(campaign), fixed=True)

    def asking(self, message: Message) -> Asking:
        """The blocks of products that the words ask for."""
        return Asking(message, blocks_of(message.template, message.content))

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Note which moments are given to mails."""
        for key, slot in self._slots.items():
            Campaign.objects.filter(pk=key).update(next_slot_at=slot)

    def _place(self, run: Enrolment, contact: Contact) -> Place:
        channels = self._campaigns[run.campaign_id or 0].channels
        place = self._places[contact.pk]
        return place if place.channel else Place(channels[0], place.language)

    def _slot(self, campaign: Campaign) -> datetime | None:
        if campaign.rate is None:
            return None
        slot = self._slots[campaign.pk]
        self._slots[campaign.pk] = slot + timedelta(seconds=1) / campaign.rate
        return slot


def utm(campaign: Campaign) -> str:
    """How links name a newsletter."""
    return f"newsletter-{campaign.pk}"


def _drawn(campaign: Campaign, contact: Contact) -> str:
    """The version of who was in no test: the winner's, or by lot where neither was better."""
    if campaign.winner != Campaign.Winner.BOTH:
        return campaign.winner or Campaign.Winner.A
    return "b" if held_out(contact.key, f"{holdout_of(campaign.pk)}:version", 50) else "a"
