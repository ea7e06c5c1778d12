"""What somebody does at the very moment at which two contacts become one."""

from collections.abc import Callable
from threading import Event
from time import sleep

from django.db import connection, transaction

from saleor_crm_plugin.contacts.identity import Person, resolve
from tests.contacts.people import NOW
from tests.contacts.test_two_workers import at_once


def beside_a_merge(person: Person, *acts: Callable[[], object]) -> None:
    """Merge two contacts, who turn out to be this person, while each of these waits for one of them, on a connection of
    its own."""
    begun = Event()

    def merge() -> None:
        with transaction.atomic():
            resolve([person], NOW)
            begun.set()
            until_so_many_wait(len(acts))

    def after(act: Callable[[], object]) -> None:
        begun.wait(10)
        act()

    at_once([merge, *(lambda act=act: after(act) for act in acts)])


def until_so_many_wait(wanted: int) -> None:
    """Come back when so many connections wait for a lock; after some seconds in any case."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= wanted:
                return
        sleep(0.02)
