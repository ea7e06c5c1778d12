"""What people read of segments: sums by segment, one customer, and what happened with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.management.verbs import segments as verb
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.models import LifetimeValue, ModelFit
from saleor_crm_plugin.segments.overview import customer, overview
from saleor_crm_plugin.segments.timeline import timeline
from tests.segments.facts import DAY, NOW, buy, night, person, put_into_cart, rules
from tests.segments.oracle import alive
from tests.test_crm_command import crm

pytestmark = pytest.mark.django_db


def test_each_segment_has_its_customers_revenue_share_and_sample() -> None:
    new, old, both = person(), person(), person()
    person()
    buy(new, 3, "60")
    buy(old, 600, "30")
    buy(both, 3, "10")
    buy(both, 2, "5", "PLN")

    night()

    found = {(one.kind, one.currency, one.segment): one for one in overview()}
    assert {key for key in found if key[0] == "lifecycle"} == {
        ("lifecycle", "EUR", "new"),
        ("lifecycle", "EUR", "active"),
        ("lifecycle", "EUR", "lapsed"),
        ("lifecycle", "PLN", "active"),
        ("lifecycle", "", "prospect"),
    }
    one = found["lifecycle", "EUR", "new"]
    assert (one.customers, one.orders, one.revenue, one.share, one.sample) == (1, 1, 60, pytest.approx(0.6), 3)
    assert found["lifecycle", "", "prospect"].customers == 1
    assert sum(one.share or 0 for key, one in found.items() if key[:2] == ("rfm", "EUR")) == pytest.approx(1)
    assert sum(one.customers for key, one in found.items() if key[:2] == ("rfm", "EUR")) == 3


def test_a_customer_is_shown_as_computed_with_the_chance_of_this_moment() -> None:
    contact = person()
    for ago in (100, 60, 30):
        buy(contact, ago, "50")
    night()
    params = {"r": 0.6, "alpha": 4.0, "a": 0.8, "b": 2.5, "repeaters": 1000}
    ModelFit.objects.filter(model="mbgnbd").update(converged=True, params=params, customers=900)
    LifetimeValue.objects.create(
        contact_id=contact, currency="EUR", p_alive=0.5, expected_orders=2, expected_value=80, computed_at=NOW
    )

    view = customer(contact, rules(), NOW + 5 * DAY)

    assert view.as_of == NOW
    assert (view.stage, view.stage_since) == ("active", NOW - 60 * DAY)
    assert view.rfm[0].amount == 150
    assert view.p_alive == pytest.approx(alive(2, 10, 5, params))
    assert [(f.expected_value, f.sample) for f in view.forecasts] == [(80, 900)]
    assert {m.kind for m in view.memberships} == {"rfm", "score", "lifecycle"}


def test_a_forecast_whose_model_is_gone_is_not_shown() -> None:
    contact = person()
    LifetimeValue.objects.create(
        contact_id=contact, currency="EUR", p_alive=0.5, expected_orders=2, expected_value=80, computed_at=NOW
    )

    assert customer(contact, rules(), NOW).forecasts == ()


def test_somebody_unknown_is_shown_as_nothing() -> None:
    view = customer(7, rules(), NOW)

    assert (view.as_of, view.rfm, view.score, view.tier, view.stage, view.p_alive) == (None, (), 0, "", "", None)


def test_reading_costs_as_many_queries_for_many_as_for_one() -> None:
    contact = person()
    buy(contact, 3)
    night()
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            overview()
            customer(contact, rules(), NOW)
            timeline(contact)
        costs.append(len(captured))
        for n in range(20):
            buy(contact, n, "5", "PLN")
            buy(person(), n, "9")
        night()

    assert costs[0] == costs[1] <= 10


def test_the_timeline_is_paged_from_the_newest_without_a_gap_or_a_repeat() -> None:
    contact = person()
    orders = [buy(contact, 5) for _ in range(7)] + [buy(contact, n) for n in range(6)]
    put_into_cart(contact, 5)
    buy(person(), 5)
    night()

    whole = timeline(contact, limit=100)
    paged, last = [], None
    while page := timeline(contact, last, limit=3):
        paged += page
        last = page[-1]

    assert paged == whole
    assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
    assert {entry.key for entry in whole if entry.kind == "order"} == set(orders)
    assert {entry.kind for entry in whole} == {"order", "cart", "membership"}


def test_the_verb_says_when_nothing_is_computed_yet() -> None:
    assert crm("segments") == "Nothing is computed yet: it is done at night, or now with --run.\n"


def test_the_verb_computes_and_prints_each_kind_with_its_sample() -> None:
    buy(Contact.objects.create(email="ada@example.com", created_at=NOW).pk, 3, "60")

    text = crm("segments", "--rebuild")

    assert text.startswith("what changed ...\n")
    assert "memberships ...\n1 customers computed, " in text
    assert "RFM groups in EUR, of 1 customers:" in text
    assert "Lifecycle in EUR, of 1 customers:" in text
    assert "100.0%" in text
    assert "mbgnbd: 1 customers. 1 customers are too few" in text
    assert "\n0 customers computed, 0 memberships began.\n" in crm("segments", "--run")


def test_the_verb_says_so_when_a_run_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "run", lambda *args: nightly.Outcome(busy=True))

    with pytest.raises(verb.CommandError, match="Another run is at it"):
        crm("segments", "--run")
