"""Our app in Saleor and its webhooks (``events.py``): made, put right when somebody changed them, taken away.

From 3.23 on Saleor tells of stock by webhooks only, and only apps have these. Relies on saleor/app/models.py,
saleor/webhook/models.py and saleor/permission/models.py; only columns that 3.21 to 3.24 have are written.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from socket import getaddrinfo
from traceback import format_exc
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from saleor.app.models import App
from saleor.app.types import AppType
from saleor.core.models import EventDelivery, EventDeliveryStatus
from saleor.permission.enums import ProductPermissions
from saleor.permission.models import Permission
from saleor.plugins.manager import PluginsManager
from saleor.webhook.event_types import WebhookEventAsyncType
from saleor.webhook.models import Webhook, WebhookEvent

from .. import config
from ..privacy import masked
from ..shop.port import Shop, get_shop
from . import events

logger = logging.getLogger(__name__)

NAME = "CRM"
_ABOUT = "Tells the CRM plugin of stock and prices. The plugin made it and puts it right again when it is changed."
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('saleor_crm'), hashtext('webhooks'))"
_PLUGIN = "saleor_crm_plugin.plugin.CrmPlugin"  # without it nobody answers
# What every one of our events asks for (saleor/webhook/event_types.py).
_PERMISSIONS = (ProductPermissions.MANAGE_PRODUCTS,)


@dataclass(frozen=True)
class Wanted:
    """A webhook as it should be."""

    name: str
    events: frozenset[str]
    active: bool
    target: str

    def values(self) -> dict[str, Any]:
        """The columns that are ours. Without a secret Saleor signs with its own key."""
        return {
            "target_url": self.target,
            "is_active": self.active,
            "subscription_query": events.query(self.events),
            "secret_key": None,
            "custom_headers": {},
            "filterable_channel_slugs": [],
        }


@dataclass(frozen=True)
class Seen:
    """One of our webhooks as it is. Saleor keeps no account of deliveries that arrived."""

    name: str
    events: tuple[str, ...]
    active: bool
    target: str
    pending: int
    failed: int


@dataclass(frozen=True)
class Change:
    """What is not as it should be, in plain words, and what puts it right."""

    text: str
    make: Callable[[], object]


def keep(shop: Shop) -> list[str]:
    """Put our app and its webhooks right. Returns what was not; where all is right nothing is written."""
    with shop.writing():
        if not _changes(shop):
            return []
        done = []
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            for _round in ("the app", "its webhooks"):
                for change in _changes(shop):
                    change.make()
                    done.append(change.text)
        return done


def keep_quietly() -> None:
    """The same after the commit of the transaction we are in, for those who can't wait for it to go well."""
    transaction.on_commit(_keep_or_log, robust=True)


def look(shop: Shop) -> tuple[list[Seen], list[str]]:
    """Our webhooks, and what is not as it should be."""
    with shop.writing():
        app = _app()
        hooks = _webhooks(app) if app else []
        found = EventDelivery.objects.filter(webhook__in=[hook.pk for hook in hooks]).values_list("webhook", "status")
        counts = {(hook, status): count for hook, status, count in found.annotate(count=Count("pk")).order_by()}
        seen = [
            Seen(
                hook.name or "",
                tuple(sorted(_events(hook))),
                hook.is_active,
                hook.target_url,
                pending=counts.get((hook.pk, EventDeliveryStatus.PENDING), 0),
                failed=counts.get((hook.pk, EventDeliveryStatus.FAILED), 0),
            )
            for hook in hooks
        ]
        return seen, [change.text for change in _changes(shop)]


def remove(shop: Shop) -> bool:
    """Take our app and its webhooks away. Returns whether there was one."""
    with shop.writing(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        app = _app()
        if app:
            app.delete()
        return app is not None


def unreachable(shop: Shop) -> str:
    """Why Saleor will refuse to deliver to this shop's own address; empty where nothing speaks against it.

    Saleor sends nothing to addresses of a private network (requests_hardened, ip_filter).
    """
    host = urlsplit(shop.public_url(events.PATH)).hostname or ""
    try:
        found = ip_address(str(getaddrinfo(host, None)[0][4][0]))
    except (OSError, ValueError):
        return f"This machine finds no address for “{host}” (PUBLIC_URL), so that nothing can be delivered there."
    if not getattr(settings, "HTTP_IP_FILTER_ENABLED", True) or found.is_global:
        return ""
    if found.is_loopback and getattr(settings, "HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS", False):
        return ""
    switch = "HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS=True" if found.is_loopback else "HTTP_IP_FILTER_ENABLED=False"
    return (
        f"“{host}” (PUBLIC_URL) is an address of your own network, and Saleor delivers nothing there. In a development "
        f"set-up, set {switch} in Saleor's environment. Without it the sweep finds within a minute what changed."
    )


def _keep_or_log() -> None:
    try:
        keep(get_shop())
    except Exception:
        logger.warning(
            "CRM: the webhooks could not be seen to (they will be within the hour): %s", masked(format_exc())
        )


def _wanted(shop: Shop) -> list[Wanted]:
    """The webhooks that this version of Saleor needs: none where its hooks tell it all, or the shop wants none."""
    if not getattr(settings, "CRM_WEBHOOKS", True) or _PLUGIN not in getattr(settings, "PLUGINS", ()):
        return []
    on, target = shop.active(), shop.public_url(events.PATH)
    stored = _settings(shop)
    found = []
    for family in events.FAMILIES:
        there = frozenset(family.events) & set(WebhookEventAsyncType.ALL)
        if there and not (family.hooks and all(hasattr(PluginsManager, hook) for hook in family.hooks)):
            needed = not family.flow or bool(stored and getattr(stored, family.flow))
            found.append(Wanted(family.name, there, on and needed, target))
    return found


def _settings(shop: Shop) -> config.Settings | None:
    try:
        return config.parse(shop.configuration())
    except config.ConfigError:
        return None


def _changes(shop: Shop) -> list[Change]:
    """What is not as it should be. Where the app is missing, only that: its webhooks come after it."""
    wanted, app = _wanted(shop), _app()
    if not wanted:
        return [Change("There is an app that nobody needs.", app.delete)] if app else []
    active = any(one.active for one in wanted)
    if app is None:  # while the plugin is off it may be gone for good
        return [Change("There is no app.", _make_app)] if active else []
    changes = []
    if app.is_active != active:
        text = f"The app is {'active' if app.is_active else 'not active'}."
        changes.append(Change(text, lambda: App.objects.filter(pk=app.pk).update(is_active=active)))
    permissions = _permissions()
    if {one.pk for one in app.permissions.all()} != {one.pk for one in permissions}:
        changes.append(Change("The app's permissions were changed.", lambda: app.permissions.set(permissions)))
    return changes + _changes_of_webhooks(app, wanted)


def _changes_of_webhooks(app: Any, wanted: Sequence[Wanted]) -> list[Change]:
    changes = []
    there: dict[str, Any] = {}
    names = {one.name for one in wanted}
    for hook in _webhooks(app):
        if hook.name in names and hook.name not in there:
            there[hook.name] = hook
        elif hook.name in names or urlsplit(hook.target_url).path == events.PATH:  # an older version had others
            changes.append(Change(f"“{hook.name}” is one too many.", hook.delete))
    for one in wanted:
        hook = there.get(one.name)
        if hook is None:
            changes.append(Change(f"“{one.name}” is missing.", partial(_make_webhook, app, one)))
            continue
        wrong = [name for name, value in one.values().items() if (getattr(hook, name) or None) != (value or None)]
        if wrong or _events(hook) != one.events:
            what = ", ".join(name.replace("_", " ") for name in (wrong or ["events"]))
            changes.append(Change(f"“{one.name}” is not as it should be: {what}.", partial(_correct, hook, one)))
    return changes


def _app() -> Any:
    """Our app, unless somebody has removed it: Saleor keeps such a one for a while."""
    rows = App.objects.filter(identifier=config.PLUGIN_ID, type=AppType.THIRDPARTY, removed_at=None)
    return rows.order_by("pk").prefetch_related("permissions").first()


def _webhooks(app: Any) -> list[Any]:
    return list(Webhook.objects.filter(app=app).order_by("pk").prefetch_related("events"))


def _events(hook: Any) -> set[str]:
    return {event.event_type for event in hook.events.all()}


def _permissions() -> list[Any]:
    names = [one.value.split(".") for one in _PERMISSIONS]
    return [row for app, name in names for row in Permission.objects.filter(content_type__app_label=app, codename=name)]


def _make_app() -> None:
    app = App.objects.create(name=NAME, identifier=config.PLUGIN_ID, type=AppType.THIRDPARTY, about_app=_ABOUT)
    app.permissions.set(_permissions())


def _make_webhook(app: Any, wanted: Wanted) -> None:
    hook = Webhook.objects.create(app=app, name=wanted.name, **wanted.values())
    WebhookEvent.objects.bulk_create(WebhookEvent(webhook=hook, event_type=event) for event in sorted(wanted.events))


def _correct(hook: Any, wanted: Wanted) -> None:
    Webhook.objects.filter(pk=hook.pk).update(**wanted.values())
    hook.events.exclude(event_type__in=wanted.events).delete()
    missing = sorted(wanted.events - _events(hook))
    WebhookEvent.objects.bulk_create(WebhookEvent(webhook=hook, event_type=event) for event in missing)
