"""What a hook of the shop may do: leave one row, after the shop's own commit, and never raise."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from traceback import format_exc

from django.db import transaction

from ..privacy import masked
from ..shop.port import get_shop
from . import inbox
from .models import InboxItem

logger = logging.getLogger(__name__)


def tell(kind: InboxItem.Kind, object_ids: Iterable[object]) -> None:
    """Say that objects of the shop may have changed: at once, or after the commit of the transaction we are in.

    Inside a transaction our failure would spoil the shop's own work, and a rollback takes back what we would tell.
    """
    try:
        ids = [str(object_id) for object_id in object_ids if object_id is not None]
        transaction.on_commit(partial(_write, kind, ids), robust=True)
    except Exception:
        logger.error("CRM: a hook failed: %s", masked(format_exc()))


def _write(kind: InboxItem.Kind, ids: list[str]) -> None:
    try:
        with get_shop().writing():
            inbox.hint(kind, ids, datetime.now(UTC))
    except Exception:
        logger.error("CRM: a hint was lost (the sweep will find it): %s", masked(format_exc()))
