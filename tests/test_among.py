"""Many keys as one parameter."""

from datetime import UTC, datetime

import pytest

from saleor_crm_plugin.among import Among
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.flows.models import Decision, Enrolment

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_finds_those_that_have_one_of_the_values() -> None:
    anna, ben, carl = (Contact.objects.create(email=f"{name}@example.com", created_at=NOW) for name in "abc")
    assert set(Contact.objects.filter(Among("pk", [anna.pk, carl.pk]))) == {anna, carl}
    assert set(Contact.objects.filter(Among("email", {"b@example.com", "nobody@example.com"}))) == {ben}


def test_finds_by_what_a_row_belongs_to_and_by_what_that_belongs_to() -> None:
    # given
    anna, ben = (Contact.objects.create(email=f"{name}@example.com", created_at=NOW) for name in "ab")
    chosen = [Preference.objects.create(contact=one, changed_at=NOW) for one in (anna, ben)]
    runs = [
        Enrolment.objects.create(
            flow="welcome", subject_id=str(one.pk), contact=one, basis=NOW, planned_at=NOW, due_at=NOW, enrolled_at=NOW
        )
        for one in (anna, ben)
    ]
    decisions = [Decision.objects.create(enrolment=run, step=0, outcome="sent", reason="due", at=NOW) for run in runs]
    # then
    assert list(Preference.objects.filter(Among("contact", [ben.pk]))) == [chosen[1]]
    assert list(Decision.objects.filter(Among("enrolment__contact", [anna.pk]), step=0)) == [decisions[0]]


def test_finds_nothing_among_nothing() -> None:
    Contact.objects.create(email="a@example.com", created_at=NOW)
    assert not Contact.objects.filter(Among("pk", [])).exists()


@pytest.mark.parametrize("length", [40, 41, 100])
def test_what_is_longer_than_a_field_is_not_cut_to_it(length: int) -> None:
    Enrolment.objects.create(flow="x" * 40, subject_id="1", basis=NOW, planned_at=NOW, due_at=NOW, enrolled_at=NOW)
    assert Enrolment.objects.filter(Among("flow", ["x" * length])).exists() is (length == 40)


def test_however_many_there_are_the_statement_is_the_same() -> None:
    one, many = (str(Contact.objects.filter(Among("pk", range(n))).query.sql_with_params()[0]) for n in (1, 1000))
    assert one == many
