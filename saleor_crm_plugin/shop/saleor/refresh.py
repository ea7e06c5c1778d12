"""Have Saleor price the checkouts whose stored prices have expired.

Relies on saleor/checkout/fetch.py (fetch_checkout_lines, fetch_checkout_info) and
saleor/checkout/calculations.py (fetch_checkout_data): what a storefront's query for prices runs,
with promotions, vouchers and taxes, tax apps included. It leaves ``last_change`` alone, but for a
checkout whose payment status moves with its total (saleor/checkout/payment_utils.py).
"""

import logging
from collections.abc import Sequence
from inspect import signature
from traceback import format_exc
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from saleor.checkout.calculations import fetch_checkout_data
from saleor.checkout.fetch import fetch_checkout_info, fetch_checkout_lines
from saleor.checkout.models import Checkout
from saleor.plugins.manager import get_plugins_manager

from saleor_crm_plugin.privacy import masked

logger = logging.getLogger(__name__)

# Saleor does not store what it calculated for a checkout that changed meanwhile: then once more.
_ATTEMPTS = 3
# From 3.22 on the calculation asks who wants to know, and answers with a promise.
_ON_BEHALF = {"requestor": None} if "requestor" in signature(fetch_checkout_data).parameters else {}


def refresh(checkouts: Sequence[UUID]) -> set[UUID]:
    """Price what has expired; return what could not be priced. One query where nothing has expired."""
    expired = list(_rows(checkouts).filter(price_expiration__lte=timezone.now()))
    manager = get_plugins_manager(allow_replica=False) if expired else None
    failed: set[UUID] = set()
    for _attempt in range(_ATTEMPTS):
        stored = Q()
        for checkout in expired:
            if _calculate(checkout, manager):
                stored |= Q(pk=checkout.pk, price_expiration__lt=checkout.price_expiration)
            else:
                failed.add(checkout.pk)
        expired = list(_rows(checkouts).filter(stored)) if stored else []
        if not expired:
            break
    for checkout in expired:
        logger.warning("The prices of checkout %s were not stored: it kept changing meanwhile.", checkout.pk)
    return failed | {checkout.pk for checkout in expired}


def _rows(checkouts: Sequence[UUID]) -> Any:
    related = ("channel__tax_configuration", "user", "billing_address", "shipping_address", "collection_point")
    return Checkout.objects.filter(pk__in=checkouts).select_related(*related).order_by()


def _calculate(checkout: Any, manager: Any) -> bool:
    try:
        lines, _unavailable = fetch_checkout_lines(checkout)
        info = fetch_checkout_info(checkout, lines, manager)
        priced = fetch_checkout_data(checkout_info=info, manager=manager, lines=lines, **_ON_BEHALF)
        if hasattr(priced, "get"):
            priced.get()
    except Exception:  # a tax app, a plugin, a row that went meanwhile: this cart is lost, the others are not
        logger.error("Saleor could not price checkout %s: %s", checkout.pk, masked(format_exc()))
        return False
    return True
