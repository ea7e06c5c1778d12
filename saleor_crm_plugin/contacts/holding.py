"""Holding the contacts that something names, such as the mail which somebody answers.

Whom it names can change until they are held: a merge moves what belongs to the younger contact to the older one, and
deletes the younger. A statement that waited for that finds nobody (READ COMMITTED), though there is still somebody.
"""

from django.db import transaction
from django.db.models import QuerySet

from .models import Contact


def hold_all(rows: QuerySet[Contact]) -> list[Contact]:
    """The contacts that a query names, as they stand now, kept from other workers until the transaction ends. In the
    order of their numbers. Call it in a transaction that says ``locks.share`` before. Three queries, and four more
    for each time that others merge or erase some of them meanwhile."""
    while True:
        before = transaction.savepoint()
        held = {one.pk: one for one in rows.select_for_update(no_key=True, of=("self",)).order_by("pk")}
        # In a statement of its own, which sees what others did while the one before waited.
        named = set(rows.values_list("pk", flat=True))
        if named <= held.keys():
            return [one for pk, one in held.items() if pk in named]
        # All are let go: to hold some and wait for others, out of their order, would be a way to deadlock.
        transaction.savepoint_rollback(before)


def hold_one(rows: QuerySet[Contact]) -> Contact | None:
    """The contact that a query names, held in the same way; None where there is none."""
    return next(iter(hold_all(rows)), None)
