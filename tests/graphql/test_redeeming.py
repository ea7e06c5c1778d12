"""loyaltyPointsRedeem: who may turn points into a voucher, what is answered, and what hostile requests get."""

from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import Channel
from saleor_crm_plugin.shop.sandbox.voucher_models import VoucherCode
from tests.graphql.asking import NOW, STAFF, ask, customer, data, give, programme, refusal, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
REDEEM = """mutation($points: Int!, $channel: String!, $requestId: String) {
    loyaltyPointsRedeem(points: $points, channel: $channel, requestId: $requestId) {
        voucher { code points amount { amount currency } expiresAt } errors { field message code } } }"""


@pytest.fixture
def noon() -> object:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ada(db: None) -> tuple[str, Contact]:
    """The token and the contact of a customer with 1000 points."""
    programme(voucher_points="100 EUR", voucher_points_valid="30 d")
    Channel.objects.create(slug="eu", currency="EUR")
    user, contact = customer()
    give(contact, 1000)
    return token_of(user), contact


def redeem(token: str, points: Any = 500, channel: Any = "eu", **rest: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(REDEEM, token, points=points, channel=channel, **rest)["loyaltyPointsRedeem"]
    return found


def why(answer: dict[str, Any]) -> tuple[str | None, str]:
    assert answer["voucher"] is None
    (error,) = answer["errors"]
    assert error["message"].endswith(".")
    return error["field"], error["code"]


def has(contact: Contact) -> int:
    return account([contact.pk], parse(own_settings.stored()).loyalty, NOW)[contact.pk].balance


def test_a_customer_turns_points_into_a_voucher(ada: tuple[str, Contact]) -> None:
    token, contact = ada

    answer = redeem(token)

    code = VoucherCode.objects.get().code
    assert answer == {
        "voucher": {
            "code": code,
            "points": 500,
            "amount": {"amount": 5.0, "currency": "EUR"},
            "expiresAt": "2026-04-02T00:00:00+00:00",
        },
        "errors": [],
    }
    assert has(contact) == 500


def test_the_same_request_gives_the_same_voucher(ada: tuple[str, Contact]) -> None:
    token, contact = ada
    name = "7d9f2a52-1b1c-4f0e-9f4d-0a1b2c3d4e5f"

    assert redeem(token, requestId=name) == redeem(token, requestId=name)

    assert has(contact) == 500
    assert why(redeem(token, points=400, requestId=name)) == ("requestId", "INVALID")


def test_the_same_voucher_again_ends_in_the_shops_own_time(ada: tuple[str, Contact]) -> None:
    own_settings.save("time_zone", "Europe/Berlin")

    first, again = (redeem(ada[0], requestId="again-and-again") for _ in range(2))

    assert first == again
    assert "T00:00:00+0" in first["voucher"]["expiresAt"]


@pytest.mark.parametrize("points", [0, 2**31 - 1])
def test_how_many_points_can_be_spent_at_once_is_said_with_both_ends(ada: tuple[str, Contact], points: int) -> None:
    assert redeem(ada[0], points=points)["errors"][0]["message"] == "Must be from 1 to 1000000000."


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"points": 0}, "points", "INVALID"),
        ({"points": -5}, "points", "INVALID"),
        ({"points": 2**31 - 1}, "points", "INVALID"),
        ({"points": 1001}, "points", "NOT_ENOUGH_POINTS"),
        ({"channel": "nowhere"}, "channel", "NOT_FOUND"),
        ({"channel": "\x00"}, "channel", "NOT_FOUND"),
        ({"requestId": "short"}, "requestId", "INVALID"),
        ({"requestId": "x" * 37}, "requestId", "INVALID"),
        ({"requestId": "é" * 10}, "requestId", "INVALID"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_spent(
    ada: tuple[str, Contact], wrong: dict[str, Any], field: str, code: str
) -> None:
    token, contact = ada

    assert why(redeem(token, **wrong)) == (field, code)
    assert has(contact) == 1000


def test_fewer_points_than_a_cent_are_worth_nothing(ada: tuple[str, Contact]) -> None:
    own_settings.save("voucher_points", "200 EUR")

    assert why(redeem(ada[0], points=1)) == ("points", "TOO_FEW_POINTS")


@pytest.mark.parametrize("settings", [{"voucher_points": ""}, {"shop.active": False}])
def test_where_points_have_no_price_or_the_plugin_is_off_nothing_is_spent(
    ada: tuple[str, Contact], settings: dict[str, object]
) -> None:
    for name, value in settings.items():
        own_settings.save(name, value)

    assert why(redeem(ada[0])) == (None, "INACTIVE")


def test_who_is_not_logged_in_and_staff_spend_nobodys_points(ada: tuple[str, Contact]) -> None:
    for token in ("", STAFF):
        code, _ = refusal(ask(REDEEM, token, points=10, channel="eu"))
        assert code == "PermissionDenied"
    assert has(ada[1]) == 1000


def test_an_account_whose_address_nobody_confirmed_spends_nothing(ada: tuple[str, Contact]) -> None:
    contact = ada[1]
    unconfirmed = customer_token(contact.user_id or "", unconfirmed=True)

    code, _ = refusal(ask(REDEEM, unconfirmed, points=10, channel="eu"))

    assert code == "PermissionDenied"
    assert has(contact) == 1000


def test_an_account_that_the_crm_does_not_know_has_no_points(ada: tuple[str, Contact]) -> None:
    user, contact = customer("new@example.com")
    contact.delete()

    assert why(redeem(token_of(user))) == ("points", "NOT_ENOUGH_POINTS")


@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.integers(-(2**31), 2**31 - 1) | st.integers(1001, 2000),
    channel=st.text(max_size=300) | st.just("eu"),
    request_id=st.none() | st.text(max_size=60),
)
def test_whatever_is_sent_is_answered_and_no_more_is_spent_than_there_is(
    ada: tuple[str, Contact], points: int, channel: str, request_id: str | None
) -> None:
    answer = redeem(ada[0], points, channel, requestId=request_id)

    assert (answer["voucher"] is None) == bool(answer["errors"])
    assert has(ada[1]) >= 0
