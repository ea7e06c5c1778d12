"""Why a person got a mail, or did not: every decision in plain words."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from ..contacts.address import normalise
from ..contacts.models import Contact
from ..contacts.suppression import suppressed
from ..emails.models import Message
from .catalogue import FLOWS
from .models import Decision, Enrolment
from .reasons import SENTENCES, Reason

_STATES = {
    Message.State.QUEUED: "waits for the mail server",
    Message.State.SENDING: "is just being handed over",
    Message.State.SENT: "was taken by the mail server",
    Message.State.FAILED: "was refused",
    Message.State.HELD: "is held: nobody knows whether it left",
}


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
        yield "Nobody is known under this address."
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
    in_order = Prefetch("decisions", Decision.objects.order_by("at", "id"))
    runs = list(Enrolment.objects.filter(contact=contact).order_by("enrolled_at").prefetch_related(in_order))
    mails = {
        (m.flow, m.subject_id, m.step): m for m in Message.objects.filter(subject_id__in=[r.subject_id for r in runs])
    }
    blocked = ", and not sent while the address is suppressed" if why else ""
    if not runs:
        yield "In no flow so far."
    for run in runs:
        flow = FLOWS.get(run.flow)
        yield f"{flow.title if flow else run.flow}, {run.subject_id}:"
        for decision in run.decisions.all():
            said = in_words(decision.outcome, decision.reason)
            mail = mails.get((run.flow, run.subject_id, decision.step))
            if mail and decision.outcome == Decision.Outcome.SENT:
                if mail.state != Message.State.SENT:
                    said = said.replace("sent.", "to be sent.", 1)
                said += f" The mail {_STATES[Message.State(mail.state)]}."
            yield f"  {decision.at.astimezone(zone):%Y-%m-%d %H:%M}  mail {decision.step + 1}: {said}"
        if run.state == Enrolment.State.WAITING:
            yield f"  {run.due_at.astimezone(zone):%Y-%m-%d %H:%M}  mail {run.next_step + 1} will be decided{blocked}."
        if run.recovered_order_id:
            yield f"  Ordered: {run.recovered_order_id}."
