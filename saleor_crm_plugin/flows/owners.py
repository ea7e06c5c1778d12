"""Whose a due cart is: asked again when it is due, since an address can have moved from one person to another."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ..contacts.address import normalise
from ..contacts.identity import owner_of, resolve
from ..contacts.models import Contact
from ..shop.port import Shop
from .models import Enrolment
from .stored import store


def follow(shop: Shop, runs: Sequence[Enrolment], now: datetime) -> None:
    """Hand runs to whoever owns their cart's address now; to nobody where nobody may be written to.

    Two queries where all is as it was, which is nearly always.
    """
    carts = shop.carts([run.subject_id for run in runs])
    addresses = dict(
        Contact.objects.filter(pk__in=[run.contact_id for run in runs if run.contact_id]).values_list("pk", "email")
    )
    strays = [
        run
        for run in runs
        if run.subject_id in carts
        and normalise(carts[run.subject_id].email) != (addresses.get(run.contact_id or 0) or "")
    ]
    if not strays:
        return
    with transaction.atomic():
        owners = {run.subject_id: owner_of(carts[run.subject_id]) for run in strays}
        contacts = resolve(list(owners.values()), now)
        for run in strays:
            run.contact = contacts.get(owners[run.subject_id])
        store(strays, ["contact"])
