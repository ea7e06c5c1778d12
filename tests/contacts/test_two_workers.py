"""Workers that meet the same people at the same moment: nobody is made twice, nobody waits for ever."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

from django.db import connection, transaction

from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.segments.models import Score
from tests.contacts.people import NOW

WORKERS = 4


def at_once(works: Sequence[Callable[[], None]]) -> None:
    """Run each on a connection of its own, started together; raises what one of them raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait()
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(run, work) for work in works]:
            future.result(timeout=30)


def meet_all(people: Sequence[Person]) -> None:
    with transaction.atomic():
        found = resolve(people, NOW)
        consent.record(
            [consent.Statement(c.pk, True, ConsentRecord.Source.ACCOUNT, "x", "") for c in found.values()], NOW
        )


def test_workers_that_meet_the_same_new_people_make_each_once(transactional_db: None) -> None:
    people = [Person(f"customer{n}@example.com", str(n)) for n in range(40)]

    at_once([lambda order=order: meet_all(order) for order in shuffled(people, WORKERS)])

    assert Contact.objects.count() == 40
    assert ConsentRecord.objects.count() == 40


def test_workers_that_meet_guests_and_accounts_crosswise_neither_fail_nor_deadlock(transactional_db: None) -> None:
    dice = random.Random(7)
    for _ in range(15):
        people = [
            Person(dice.choice(["", f"customer{n}@example.com"]), dice.choice(["", str(dice.randrange(6))]))
            for n in range(6)
            for _ in range(3)
        ]

        at_once([lambda order=order: meet_all(order) for order in shuffled(people, WORKERS, dice)])

        emails = [email for email in Contact.objects.values_list("email", flat=True) if email]
        assert len(emails) == len(set(emails))


def test_an_erasure_beside_workers_that_meet_the_person_leaves_nobody(transactional_db: None) -> None:
    for n in range(10):
        person = Person(f"customer{n}@example.com", str(n))
        meet_all([person])
        contacts = list(Contact.objects.filter(email=person.email))

        at_once([lambda c=contacts: erase(c, NOW), *[lambda p=person: meet_all([p])] * 3])

        assert not Contact.objects.exists()


def test_a_merge_beside_a_run_that_holds_the_younger_and_then_wants_its_rows_does_not_deadlock(
    transactional_db: None,
) -> None:
    meet_all([Person("", "1")])
    meet_all([Person("customer@example.com", "")])
    younger = Contact.objects.get(email="customer@example.com")
    Score.objects.create(contact=younger, points=1.0)
    held = Event()

    def compute() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM crm_contact WHERE id = %s FOR KEY SHARE", [younger.pk])
            held.set()
            sleep(0.5)  # the merge waits for the contact by now
            list(Score.objects.select_for_update().filter(contact_id=younger.pk))

    def merge() -> None:
        held.wait(10)
        meet_all([Person("customer@example.com", "1")])

    at_once([compute, merge])

    assert Contact.objects.count() == 1


def shuffled(people: Sequence[Person], times: int, dice: random.Random | None = None) -> list[list[Person]]:
    dice = dice or random.Random(3)
    return [dice.sample(people, len(people)) for _ in range(times)]
