"""Lifetime values in the database are what the models say of each customer."""

from decimal import Decimal

import numpy as np
import pytest
from django.db import connection

from benchmarks.segments import CONTACTS, PURCHASES
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.clv.forecast import expected_orders, probability_alive
from saleor_crm_plugin.segments.clv.purchase_models import Fit, Model
from saleor_crm_plugin.segments.models import CustomerValue, LifetimeValue, ModelFit
from saleor_crm_plugin.segments.overview import customer
from tests.segments.facts import DAY, NOW, buy, night, person, rules

pytestmark = pytest.mark.django_db


def history_of(customers: int) -> None:
    """A shop whose customers are as MBG/NBD says: r and a are 1, b is 6."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.3)")
        cursor.execute(CONTACTS, {"customers": customers, "now": NOW})
        cursor.execute(PURCHASES, {"rate": 0.038, "now": NOW})
        cursor.execute("SELECT setval(pg_get_serial_sequence('crm_contact', 'id'), max(id)) FROM crm_contact")


def test_the_models_find_the_world_that_the_customers_live_in() -> None:
    history_of(3000)

    night()

    model = ModelFit.objects.get(model="mbgnbd")
    assert model.converged
    assert model.customers == CustomerValue.objects.values("contact").distinct().count()
    assert model.params["r"] == pytest.approx(1, rel=0.2)
    assert model.params["a"] == pytest.approx(1, rel=0.3)
    assert model.params["b"] == pytest.approx(6, rel=0.4)
    spends = ModelFit.objects.filter(model="gamma_gamma", converged=True)
    assert sorted(spend.currency for spend in spends) == ["EUR", "PLN"]
    assert ModelFit.objects.get(model="order_gaps").message == "Not needed: the model carries."


def test_what_is_written_is_what_the_models_say_of_the_customer() -> None:
    history_of(1500)
    night()
    chosen = next(
        value for value in CustomerValue.objects.filter(currency="EUR", days__gte=3).order_by("contact")
        if CustomerValue.objects.filter(contact=value.contact).count() == 1
    )  # fmt: skip

    found = LifetimeValue.objects.get(contact=chosen.contact, currency="EUR")

    says = ModelFit.objects.get(model="mbgnbd").params
    fit = Fit(Model.MBGNBD, says["r"], says["alpha"], says["a"], says["b"], 0, True, 0, 0, "", 0)
    week = 7 * DAY
    state = [
        np.array([float(value)])
        for value in (
            chosen.days - 1,
            round((chosen.last_at - chosen.first_at) / week),
            round((NOW - chosen.first_at) / week),
        )
    ]
    orders = expected_orders(fit, 365 / 7, *state)[0]
    spend = ModelFit.objects.get(model="gamma_gamma", currency="EUR").params
    mean = spend["p"] * (spend["v"] + float(chosen.amount)) / (spend["p"] * chosen.days + spend["q"] - 1)
    assert found.p_alive == pytest.approx(probability_alive(fit, *state)[0])
    assert found.expected_orders == pytest.approx(orders)
    assert float(found.expected_value) == pytest.approx(orders * mean, abs=0.001)
    # The chance of this moment differs by the rounding to weeks alone.
    assert customer(chosen.contact_id or 0, rules(), NOW).p_alive == pytest.approx(found.p_alive, abs=0.05)


def test_expected_orders_are_shared_out_among_a_contacts_currencies() -> None:
    history_of(1500)
    contact = person()
    for ago, currency in ((40, "EUR"), (30, "EUR"), (20, "EUR"), (10, "PLN")):
        buy(contact, ago, "50", currency)

    night()

    euro, zloty = LifetimeValue.objects.filter(contact=contact).order_by("currency")
    assert euro.expected_orders == pytest.approx(3 * zloty.expected_orders)
    assert euro.p_alive == zloty.p_alive


def test_a_day_with_purchases_in_two_currencies_counts_once() -> None:
    history_of(1500)
    single, double = person(), person()
    for contact in (single, double):
        buy(contact, 40)
        buy(contact, 10)
    buy(double, 10, "5", "PLN")

    night()

    chances = [LifetimeValue.objects.filter(contact=contact).values_list("p_alive")[0] for contact in (single, double)]
    assert chances[0] == chances[1]


def test_where_the_orders_are_too_few_there_are_no_values_and_the_fit_says_why() -> None:
    for n in range(5):
        buy(person(), n + 1)

    night()

    assert not LifetimeValue.objects.exists()
    assert ModelFit.objects.get(model="mbgnbd").message == "5 customers are too few: at least 10 are needed."


def test_values_go_when_the_models_no_longer_say_anything() -> None:
    history_of(1500)
    night()
    assert LifetimeValue.objects.exists()
    Purchase.objects.filter(contact__gt=5).update(real=False)

    changes.note(Contact.objects.values_list("pk", flat=True))

    night(8)

    assert not LifetimeValue.objects.exists()


def test_models_are_fitted_once_a_week_and_not_more_often() -> None:
    history_of(600)
    night()
    fitted = ModelFit.objects.get(model="mbgnbd").fitted_at

    night(6)
    assert ModelFit.objects.get(model="mbgnbd").fitted_at == fitted
    night(8)
    assert ModelFit.objects.get(model="mbgnbd").fitted_at == NOW + 8 * DAY


def test_an_erased_customers_value_is_gone() -> None:
    history_of(600)
    night()
    contact = LifetimeValue.objects.first()
    assert contact is not None

    erase([Contact.objects.get(pk=contact.contact_id)], NOW)

    assert not LifetimeValue.objects.filter(contact=contact.contact_id).exists()
    assert Decimal(0) < sum(value.expected_value for value in LifetimeValue.objects.all())
