"""What the shop's owner stored about us, and what the shop is called.

Relies on saleor/plugins/models.py (PluginConfiguration) and saleor/site/models.py (SiteSettings).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.sites.models import Site
from saleor.plugins.models import PluginConfiguration
from saleor.site.models import SiteSettings

from saleor_crm_plugin.config import BY_NAME, PLUGIN_ID
from saleor_crm_plugin.config.field import Field
from saleor_crm_plugin.shop import reading


def configuration() -> Mapping[str, object]:
    """The settings as stored. Saleor keeps them as a list of ``{"name": ..., "value": ...}``."""
    stored = _rows().values_list("configuration", flat=True).first() or []
    return {item["name"]: item.get("value") for item in stored if isinstance(item, dict) and "name" in item}


def active() -> bool:
    """Whether the plugin is switched on. Without a row (not migrated yet) it is not."""
    return bool(_rows().filter(active=True).exists())


def metadata_key(name: str) -> str:
    """The metadata field that a setting names."""
    return str(single(name)[0])


def single(*names: str) -> list[Any]:
    """Single settings, read without the others: these may be wrong just now. One query."""
    stored = configuration()
    return [_parsed(BY_NAME[name], stored.get(name)) for name in names]


def _parsed(field: Field, value: object) -> Any:
    try:
        return field.parse(value or field.default)
    except ValueError:
        return field.default


def site_settings() -> Any:
    """The shop-wide settings, read fresh: Django keeps ``Site`` in memory for as long as a worker lives."""
    return SiteSettings.objects.select_related("site").get(site_id=Site.objects.get_current().pk)


def _rows() -> Any:
    return PluginConfiguration.objects.using(reading.alias()).filter(identifier=PLUGIN_ID, channel=None).order_by("pk")
