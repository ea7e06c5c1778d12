"""Saleor's own test settings with our plugin switched on: its hooks run in each of Saleor's tests."""

from saleor.tests.settings import *  # noqa: F403

PLUGINS = ["saleor_crm_plugin.plugin.CrmPlugin"]
CRM_WEBHOOKS = False  # their tests count apps and webhooks
