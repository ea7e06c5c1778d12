"""What Django sees of the demo shop."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The demo shop, as a Django app of its own beside the plugin."""

    name = "saleor_crm_plugin.shop.sandbox"
    label = "crm_sandbox"
    verbose_name = "CRM sandbox"
    default_auto_field = "django.db.models.BigAutoField"
