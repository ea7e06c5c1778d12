"""How long things are kept."""

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from .activity import interactions, views
from .activity.models import Cart
from .activity.stock.models import StockInterest, StockWave
from .contacts import changes, locks
from .contacts.computed import forget
from .contacts.models import ComputedOfContact, Contact
from .contacts.preferences.models import NewsletterRequest
from .emails.bounces.models import Bounce
from .emails.models import Message
from .emails.tracking import figures
from .emails.tracking.models import Response
from .flows.catalogue import NEWSLETTER_CONFIRMATION, STOCK_CONFIRMATION
from .flows.models import Enrolment

logger = logging.getLogger(__name__)

MAIL_TEXTS = timedelta(days=90)
CARTS = timedelta(days=400)
RUNS = timedelta(days=730)
STOCK = timedelta(days=400)
BOUNCES = timedelta(days=400)
CLICKS = timedelta(days=400)
REQUESTS = timedelta(days=90)
OPENS = figures.WITHIN
_AHEAD = timedelta(days=32)
_STILL_WAITED_FOR = [StockInterest.State.UNCONFIRMED, StockInterest.State.WAITING]
_REQUESTS_AT_ONCE = 1_000
_RUNS_AT_ONCE = 10_000
# Old runs behind the last one looked at, with their decisions: a whole newsletter may end on one day. Walks the key.
_OLD_RUNS = """
WITH old AS MATERIALIZED (
    SELECT id FROM crm_enrolment WHERE id > %(after)s AND state = 'finished' AND enrolled_at < %(until)s
    ORDER BY id LIMIT %(limit)s
), decisions AS (
    DELETE FROM crm_decision USING old WHERE enrolment_id = old.id
), runs AS (
    DELETE FROM crm_enrolment run USING old WHERE run.id = old.id
)
SELECT count(*), max(id) FROM old
"""
# What follows from a request alone that nobody has confirmed, and where the flow stands there.
_OF_A_REQUEST = {Enrolment: "flow", Message: "flow", Response: "message__flow"}
_ASKING_TO_CONFIRM = [NEWSLETTER_CONFIRMATION.key, STOCK_CONFIRMATION.key]
_ON_ITS_WAY = [Message.State.QUEUED, Message.State.SENDING]


def purge(now: datetime) -> int:
    """Empty the text of old mails (that they were sent stays known) and delete old carts, runs with their decisions,
    what was waited for long ago, old clicks, opens and bounces, and requests for the newsletter, and to be told what is
    back, with whom nothing else is known of.

    Returns how many rows.

    Open carts too: shops delete old checkouts and tell nobody.
    """
    old = Message.objects.filter(created_at__lt=now - MAIL_TEXTS).exclude(state__in=_ON_ITS_WAY)
    texts = old.exclude(content={}).update(content={}, recipient="")
    with transaction.atomic():
        old_carts = Cart.objects.filter(seen_at__lt=now - CARTS)
        changes.note(old_carts.values_list("contact_id", flat=True))  # scores counted them
        carts, _ = old_carts.delete()
    runs = _purge_runs(now - RUNS)
    over = Q(told_at__lt=now - STOCK) | Q(ended_at__lt=now - STOCK)
    waited, _ = StockInterest.objects.filter(over).exclude(state__in=_STILL_WAITED_FOR).delete()
    waves, _ = StockWave.objects.filter(closed_at__lt=now - STOCK).delete()
    clicks = Q(kind=Response.Kind.CLICK, at__lt=now - CLICKS)
    responses, _ = Response.objects.filter(clicks | Q(kind=Response.Kind.OPEN, at__lt=now - OPENS)).delete()
    bounces, _ = Bounce.objects.filter(at__lt=now - BOUNCES).delete()
    return int(texts) + carts + runs + waited + waves + responses + bounces + _purge_requests(now)


def _purge_runs(until: datetime) -> int:
    done, last = 0, 0
    while last is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OLD_RUNS, {"after": last, "until": until, "limit": _RUNS_AT_ONCE})
            count, last = cursor.fetchone()
        done += count
    return done


def _purge_requests(now: datetime) -> int:
    """Anybody can type any address: whoever is known by nothing else goes with the request."""
    until = now - REQUESTS
    unconfirmed = StockInterest.objects.filter(
        kind=StockInterest.Kind.REQUEST, confirmed_at=None, told_at=None, ended_at__lt=until
    )
    newsletters = NewsletterRequest.objects.filter(expires_at__lt=until)
    return _with_strangers(newsletters) + _with_strangers(unconfirmed.exclude(state__in=_STILL_WAITED_FOR))


def _with_strangers(requests: QuerySet[NewsletterRequest] | QuerySet[StockInterest]) -> int:
    done = 0
    old = requests.order_by("pk")
    while batch := dict(old.values_list("pk", "contact_id")[:_REQUESTS_AT_ONCE]):
        with transaction.atomic():
            locks.share()
            nameless = Contact.objects.filter(pk__in=batch.values(), user_id=None)
            held = list(nameless.select_for_update().order_by("pk").values_list("pk", flat=True))
            deleted, _ = requests.filter(pk__in=batch).delete()
            strangers = _strangers(held)
            forget(strangers)
            Contact.objects.filter(pk__in=strangers).delete()
        done += deleted + len(strangers)
    return done


def _strangers(held: Collection[int]) -> list[int]:
    """Those of the contacts to whom no fact points. They are locked, so that none comes. One query."""
    strangers = Contact.objects.filter(pk__in=held)
    for relation in Contact._meta.related_objects:
        model = relation.related_model
        if issubclass(model, ComputedOfContact):
            continue
        facts = model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
        if model in _OF_A_REQUEST:
            facts = facts.exclude(**{f"{_OF_A_REQUEST[model]}__in": _ASKING_TO_CONFIRM})
        strangers = strangers.filter(~Exists(facts))
    return list(strangers.values_list("pk", flat=True))


def keep_rooms(now: datetime, kept: timedelta) -> int:
    """Make the months into which views will soon be written, and drop those in which all are older than ``kept``.

    Returns how many were dropped. A month that somebody reads just now is dropped the next time.
    """
    with transaction.atomic():
        locks.alone()
        interactions.make_room(interactions.months_between(now, now + _AHEAD), views.TABLE)
    first = (now - kept).astimezone(UTC)
    old = [name for name in interactions.months_of(views.TABLE) if name < f"{views.TABLE}_{first:%Y_%m}"]
    return sum(map(_drop, old))


def _drop(month: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            # What a month is a part of and refers to is locked, too: in the order in which views are written.
            cursor.execute(f"LOCK TABLE crm_contact, {views.TABLE} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"DROP TABLE {month}")
    except OperationalError:
        logger.info("CRM: %s is in use and will be dropped the next time", month)
        return False
    return True
