"""What Saleor sees: name, settings page, hooks, HTTP door. It translates and decides nothing.

A hook costs the shopper one statement and never raises: what it says is a hint, and the sweep finds
what a lost hint would have told.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from saleor.plugins.base_plugin import BasePlugin, ConfigurationTypeField
from saleor.plugins.error_codes import PluginErrorCode

from . import config, door
from .emails import smtp
from .flows.catalogue import PEOPLE
from .shop.port import get_shop
from .webhooks import hooks, registration
from .webhooks.models import InboxItem

if TYPE_CHECKING:
    from saleor.plugins.models import PluginConfiguration

_TYPES = {
    config.Kind.TEXT: ConfigurationTypeField.STRING,
    config.Kind.MULTILINE: ConfigurationTypeField.MULTILINE,
    config.Kind.FLAG: ConfigurationTypeField.BOOLEAN,
    config.Kind.SECRET: ConfigurationTypeField.PASSWORD,
}


def _one(kind: InboxItem.Kind, key: str = "pk") -> Callable[..., Any]:
    """A hook whose first argument tells what changed by its attribute ``key``, whatever else Saleor passes."""

    def hook(self: "CrmPlugin", changed: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        hooks.tell(kind, [getattr(changed, key, None)])
        return previous_value

    return hook


def _many(kind: InboxItem.Kind, key: str = "pk") -> Callable[..., Any]:
    def hook(self: "CrmPlugin", changed: Any, *args: Any, previous_value: Any = None, **kwargs: Any) -> Any:
        hooks.tell(kind, [getattr(one, key, None) for one in changed or ()])
        return previous_value

    return hook


_cart, _order, _customer = _one(InboxItem.Kind.CART), _one(InboxItem.Kind.ORDER), _one(InboxItem.Kind.CUSTOMER)
_variant, _stock = _one(InboxItem.Kind.STOCK), _one(InboxItem.Kind.STOCK, "product_variant_id")


class CrmPlugin(BasePlugin):  # type: ignore[misc]
    """The plugin, as Saleor loads it (saleor/plugins/base_plugin.py): an instance per request, without state."""

    PLUGIN_ID = config.PLUGIN_ID
    PLUGIN_NAME = "CRM"
    PLUGIN_DESCRIPTION = (
        "Brings customers back by mail: abandoned carts with what is in them, at today's price. "
        "Nothing is sent until you switch a flow on."
    )
    DEFAULT_ACTIVE = True
    CONFIGURATION_PER_CHANNEL = False
    DEFAULT_CONFIGURATION = [{"name": field.name, "value": field.default} for field in config.FIELDS]
    CONFIG_STRUCTURE = {
        field.name: {"type": _TYPES[field.kind], "label": field.label, "help_text": field.help}
        for field in config.FIELDS
    }

    checkout_created = _cart
    checkout_updated = _cart
    checkout_metadata_updated = _cart
    checkout_fully_paid = _cart
    order_created = _order
    order_confirmed = _order
    order_updated = _order
    order_paid = _order
    order_fully_paid = _order
    order_cancelled = _order
    order_expired = _order
    order_refunded = _order
    order_fully_refunded = _order
    order_fulfilled = _order
    order_bulk_created = _many(InboxItem.Kind.ORDER)
    draft_order_deleted = _order
    customer_created = _customer
    customer_updated = _customer
    customer_metadata_updated = _customer
    customer_deleted = _customer
    account_confirmed = _customer
    account_deleted = _customer
    account_email_changed = _customer
    product_variant_updated = _variant
    product_variant_metadata_updated = _variant
    # The first three until 3.22, webhooks from then on (webhooks/registration.py); the last since 3.22, and only where
    # somebody has a webhook for it.
    product_variant_out_of_stock = _stock
    product_variant_back_in_stock = _stock
    product_variant_stocks_updated = _many(InboxItem.Kind.STOCK, "product_variant_id")
    product_variant_discounted_price_updated = _one(InboxItem.Kind.STOCK, "variant_id")

    def webhook(self, request: HttpRequest, path: str, previous_value: Any) -> HttpResponse:
        """Answer a request below ``/plugins/saleor_crm/``."""
        return door.respond(request, path, get_shop())

    @classmethod
    def save_plugin_configuration(cls, plugin_configuration: "PluginConfiguration", cleaned_data: Any) -> Any:
        """Save, then see to our webhooks: they are active as long as the plugin is."""
        saved = super().save_plugin_configuration(plugin_configuration, cleaned_data)
        registration.keep_quietly()
        return saved

    @classmethod
    def validate_plugin_configuration(cls, plugin_configuration: "PluginConfiguration", **kwargs: Any) -> None:
        """Refuse settings that can't be used.

        The Dashboard shows one message only, so there is one, which names the fields in plain words.
        """
        values = {item["name"]: item.get("value") for item in plugin_configuration.configuration}
        try:
            settings = config.parse(values)
        except config.ConfigError as error:
            raise _refusal(str(error), *error.problems) from None
        if strangers := set(settings.flows) - {flow.key for flow in PEOPLE}:
            known = ", ".join(flow.key for flow in PEOPLE)
            raise _refusal(
                f"“Mails to customers” names {min(strangers)}, which there is not. There are {known}.", "flows"
            )
        if settings.sends and not smtp.can_send(settings):
            raise _refusal(
                "“SMTP host” is needed before mails can be sent, since Saleor itself has no mail server (EMAIL_URL).",
                "smtp_host",
            )
        if settings.sends and (trouble := smtp.probe(settings)):
            raise _refusal(f"“SMTP host” can't be used: {trouble}", "smtp_host")


def _refusal(message: str, *fields: str) -> ValidationError:
    error = ValidationError(message, code=PluginErrorCode.INVALID.value)
    return ValidationError({fields[0]: error})
