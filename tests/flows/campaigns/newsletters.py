"""Newsletters for the tests, and people who get them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.flows.campaigns import course, draft
from saleor_crm_plugin.flows.campaigns.draft import Text, Told
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.models import Decision
from tests.road import Road

ENGLISH = Text("en", Words("Spring is here", "What is new", "<h1>Spring</h1><p>Have a look at what is new.</p>"))
GERMAN = Text(
    "de",
    Words("Der Frühling ist da", "Was es Neues gibt", "<h1>Der Frühling</h1><p>Schauen Sie, was es Neues gibt.</p>"),
)


def people(count: int, **values: Any) -> list[Contact]:
    """So many customers who agreed to mail."""
    first = Contact.objects.count()
    return Contact.objects.bulk_create(
        Contact(
            email=f"reader{first + number}@example.com",
            **{"language": "en", "country": "DE", "consented": True, **values},
            created_at="2026-01-01T00:00Z",
        )
        for number in range(count)
    )


def newsletter(road: Road, texts: Sequence[Text] = (ENGLISH,), **told: Any) -> Campaign:
    """A draft to everybody who buys in the demo shop's first channel."""
    told.setdefault("channels", [next(iter(road.shop.channels()))])
    told.setdefault("holdout_percent", 0)
    told.setdefault("name", "Spring")
    return draft.create(road.shop, settings(road), Told(texts=texts, **told), "User:1", road.now)


def scheduled(road: Road, texts: Sequence[Text] = (ENGLISH,), **told: Any) -> Campaign:
    """The same, due now."""
    campaign = newsletter(road, texts, **told)
    return course.schedule(road.shop, settings(road), campaign.pk, road.now, "User:1", road.now)


def settings(road: Road) -> config.Settings:
    """The owner's settings."""
    return config.parse(road.shop.configuration())


def reasons(campaign: Campaign) -> Counter[tuple[str, str]]:
    """What was decided about its recipients, and how often."""
    rows = Decision.objects.filter(enrolment__campaign=campaign).values_list("outcome", "reason")
    return Counter(rows)


@contextmanager
def failing(statement: str, campaign: Campaign) -> Iterator[None]:
    """The database refuses a statement (a part of it) about one newsletter, and quotes an address."""

    def refuse(execute: Callable[..., Any], sql: str, values: Any, *rest: Any) -> Any:
        if statement in sql and values.get("campaign") == campaign.pk:
            raise OperationalError("canceling statement due to statement timeout: reader0@example.com")
        return execute(sql, values, *rest)

    with connection.execute_wrapper(refuse):
        yield


HOUR = timedelta(hours=1)
