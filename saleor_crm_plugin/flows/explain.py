"""Why a person got a mail, or did not: every decision in plain words."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from ..activity.stock.models import StockInterest
from ..contacts.address import normalise
from ..contacts.models import Contact
from ..contacts.preferences.choice import Frequency, chosen
from ..contacts.preferences.models import MailKind
from ..contacts.suppression import suppressed
from ..emails.models import Message
from ..emails.render import spoken_and_used
from ..vouchers import of_customer as codes
from .catalogue import title_of
from .models import Decision, Enrolment
from .reasons import SENTENCES, Reason
from .standing import standings

NOBODY = "Nobody is known under this address."
_STATES = {
    Message.State.QUEUED: "waits for the mail server",
    Message.State.SENDING: "is just being handed over",
    Message.State.SENT: "was taken by the mail server",
    Message.State.FAILED: "was refused",
    Message.State.HELD: "is held: nobody knows whether it left",
}
_UNMADE = "could not be made, so that it did not leave: it is held until somebody has it sent again (crm outbox)"


def in_words(outcome: str, reason: str) -> str:
    """A decision as a shop owner reads it."""
    return f"{Decision.Outcome(outcome).label.lower()}. {SENTENCES[Reason(reason)]}"


def explain(email: str, zone: ZoneInfo) -> Iterator[str]:
    """The lines that tell what was decided about a person, oldest first. Times are shown in ``zone``."""
    address = normalise(email)
    contact = Contact.objects.filter(email=address).first() if address else None
    why = suppressed([address]).get(address)
    if why:
        yield f"Suppressed: this address gets no mail ({why.label.lower().replace('_', ' ')})."
    if contact is None:
        yield NOBODY
        return
    yield f"Contact {contact.pk}, " + (
        "agreed to marketing mail." if contact.consented else "did not agree to marketing mail."
    )
    for record in contact.consent_records.order_by("at", "id"):
        yield (
            f"  {record.at.astimezone(zone):%Y-%m-%d %H:%M}  said {'yes' if record.granted else 'no'}"
            f" ({record.source} {record.reference}".rstrip()
            + ")"
        )
    if words := _wants(contact):
        yield f"Wants {words}."
    in_order = Prefetch("decisions", Decision.objects.order_by("at", "id"))
    runs = list(Enrolment.objects.filter(contact=contact).order_by("enrolled_at").prefetch_related(in_order))
    mails = {
        (m.flow, m.subject_id, m.step): m for m in Message.objects.filter(subject_id__in=[r.subject_id for r in runs])
    }
    yield from _waiting(contact, zone)
    blocked = ", and not sent while the address is suppressed" if why else ""
    if not runs:
        yield "In no flow so far."
    for standing in standings(runs):
        run = standing.run
        yield f"{title_of(run.flow)}, {standing.about}:"
        told = list(run.decisions.all())
        waits = run.state == Enrolment.State.WAITING
        for decision in told:
            said = in_words(decision.outcome, decision.reason)
            mail = mails.get((run.flow, run.subject_id, decision.step))
            if mail and decision.outcome == Decision.Outcome.SENT:
                waits = waits or mail.state == Message.State.QUEUED
                if mail.state != Message.State.SENT:
                    said = said.replace("sent.", "to be sent.", 1)
                said += f" The mail {_UNMADE if mail.unmade else _STATES[Message.State(mail.state)]}."
                said += _in_another_language(mail)
            yield f"  {decision.at.astimezone(zone):%Y-%m-%d %H:%M}  mail {decision.step + 1}: {said}"
        if run.state == Enrolment.State.WAITING:
            yield f"  {run.due_at.astimezone(zone):%Y-%m-%d %H:%M}  mail {run.next_step + 1} will be decided{blocked}."
        elif not told:
            yield f"  Ended before any mail was decided. {standing.sentence}"
        elif run.ended_by not in {one.reason for one in told} and not run.recovered_order_id:
            yield f"  Ended. {standing.sentence}"
        if waits and standing.rests:
            yield f"  {standing.rests}"
        if run.recovered_order_id:
            yield f"  Ordered: {run.recovered_order_id}."
    yield from codes.tell(contact.pk, zone)


def _in_another_language(mail: Message) -> str:
    """A sentence where a mail is not in the language of its recipient, "" else."""
    wanted, used = spoken_and_used(mail.language, mail.content)
    return f" It is in {used}: there are no words in {wanted}." if wanted else ""


def _wants(contact: Contact) -> str:
    """What the person chose to get of marketing mail, where that is not everything as it comes."""
    told = chosen(contact)
    unwanted = ", ".join(kind for kind in MailKind if kind not in told.wanted)
    said = [f"no mails of these kinds: {unwanted}"] if unwanted else []
    said += ["one mail a week at most"] if told.frequency == Frequency.WEEKLY else []
    said += [f"mails in {told.language}"] if told.language else []
    return "; ".join(said)


def _waiting(contact: Contact, zone: ZoneInfo) -> Iterator[str]:
    """What the person waits for."""
    live = [StockInterest.State.UNCONFIRMED, StockInterest.State.WAITING]
    for one in contact.stock_interests.filter(state__in=live).order_by("asked_at", "id"):
        since = f"{one.asked_at.astimezone(zone):%Y-%m-%d %H:%M}"
        if one.kind != StockInterest.Kind.REQUEST:
            how = "Was interested in"
        else:
            how = "Waits for" if one.state == StockInterest.State.WAITING else "Asked for, not confirmed:"
        yield f"{how} variant {one.variant_id} in {one.channel} since {since}."
