"""What Django sees: the wiring at start."""

import logging
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models.signals import post_migrate

logger = logging.getLogger(__name__)


class CrmConfig(AppConfig):
    """The one Django app of the plugin."""

    name = "saleor_crm_plugin"
    label = "saleor_crm"
    verbose_name = "CRM"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add our entries to Celery's beat and our fields to the schema; see that ``migrate`` lists the plugin; listen
        to what mail providers report."""
        from .emails.bounces import providers
        from .tasks import BEAT

        schedule = getattr(settings, "CELERY_BEAT_SCHEDULE", None)
        if isinstance(schedule, dict):
            for name, entry in BEAT.items():
                schedule.setdefault(name, entry)
        providers.connect()
        if apps.is_installed("saleor.plugins"):
            post_migrate.connect(_list_plugin, sender=self)
            self.add_graphql_fields()
        if apps.is_installed("saleor_crm_plugin.shop.sandbox"):
            _listen_to_sandbox()

    def add_graphql_fields(self) -> None:
        """Add our fields to Saleor's own schema. A Saleor that is made otherwise runs without them."""
        try:
            from .graphql.install import install

            install()
        except Exception as error:  # whatever it is, the shop has to start
            logger.error("CRM: the shop runs without our GraphQL fields: this Saleor is not as expected: %s", error)


def _listen_to_sandbox() -> None:
    """The demo shop's hooks do what Saleor's do (``plugin.py``)."""
    from .shop.sandbox import storefront
    from .webhooks import hooks
    from .webhooks.models import InboxItem

    storefront.listeners.append(lambda kind, object_id: hooks.tell(InboxItem.Kind(kind), [object_id]))


def _list_plugin(using: str, **kwargs: Any) -> None:
    """Make the plugin's row, active, where there is none yet; then our webhooks.

    The Dashboard lists active plugins only, and Saleor itself would make the row inactive at the owner's first
    rejected save (saleor/plugins/manager.py, save_plugin_configuration). A row that is there is left alone: the owner
    may have switched the plugin off.
    """
    from saleor.plugins.models import PluginConfiguration

    if PluginConfiguration._meta.db_table not in connections[using].introspection.table_names():
        return
    from .plugin import CrmPlugin

    rows = PluginConfiguration.objects.using(using).filter(identifier=CrmPlugin.PLUGIN_ID, channel=None)
    with transaction.atomic(using), connections[using].cursor() as cursor:
        # Saleor's unique key does not hold for rows without a channel, and two servers may migrate at once.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('saleor_crm'), hashtext('plugin row'))")
        if not rows.exists():
            rows.create(
                identifier=CrmPlugin.PLUGIN_ID,
                name=CrmPlugin.PLUGIN_NAME,
                description=CrmPlugin.PLUGIN_DESCRIPTION,
                active=True,
                configuration=[dict(item) for item in CrmPlugin.DEFAULT_CONFIGURATION],
            )
    if using == DEFAULT_DB_ALIAS:
        from .webhooks import registration

        registration.keep_quietly()
