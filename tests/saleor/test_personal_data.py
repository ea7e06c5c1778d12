"""What is kept of a customer of real Saleor: told to the customer and to staff, by command, and to nobody else."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from saleor_crm_plugin.shop.port import Changed
from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import CUSTOMER_UPDATE, GraphQL, global_id
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

ADA = "ada@example.com"
MINE = "{ crmPersonalData }"
OF = "query($id: ID!) { crmPersonalData(id: $id) }"
ROAD = ("saleor_crm.process_inbox", "saleor_crm.enter_flows", "saleor_crm.decide", "saleor_crm.deliver")


@pytest.fixture
def ada(driver: SaleorDriver, sink: Sink, worker: Worker) -> tuple[str, str]:
    """The account and the open cart of a customer who agreed to mail and bought before."""
    switch_on(driver, sink)
    user_id = driver.make_customer(ADA)
    (shirt,) = driver.make_product("Linen shirt")
    for ordered in (True, False):
        cart = driver.make_cart(user_id=user_id, metadata=YES)
        driver.add_line(cart, shirt)
        for task in ROAD:
            worker.run(task)
        if ordered:
            driver.place_order(cart)
    return user_id, cart


def without_the_moment(document: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(document)
    return {name: value for name, value in told.items() if name not in ("exported_at", "standing")}


def test_a_customer_staff_and_the_command_are_told_the_same_and_nobody_else_anything(
    ada: tuple[str, str], driver: SaleorDriver, staff: GraphQL, api: GraphQL, askers: Askers
) -> None:
    # given
    user_id, cart = ada
    out = StringIO()
    # when
    mine, of = askers.customer(user_id)(MINE), staff(OF, id=global_id("User", user_id))
    call_command("crm", "export", ADA, stdout=out)
    # then
    told = without_the_moment(mine)
    assert told == without_the_moment(of) == without_the_moment(out.getvalue())
    assert told["contact"][0]["email"] == ADA
    assert [(len(one["lines"]), one["real"]) for one in told["purchases"]] == [(1, True)]
    assert list(told["product_names"].values()) == ["Linen shirt"]
    assert [one["status"] for one in told["carts"]] == ["ordered", "open"]
    assert {one["granted"] for one in told["consents"]} == {True}
    assert cart not in mine
    # when others ask
    stranger = driver.make_customer("grace@example.com")
    for asker in (api, askers.customer(stranger), askers.staff("manage_orders"), askers.app("manage_orders")):
        # then
        assert refusal(asker.raw(OF, id=global_id("User", user_id)))[0] == "PermissionDenied"
    assert refusal(api.raw(MINE))[0] == "PermissionDenied"
    assert askers.customer(stranger)(MINE) is None


def test_who_registers_a_guests_address_and_moves_the_account_to_another_takes_nothing_along(
    driver: SaleorDriver, sink: Sink, worker: Worker, askers: Askers
) -> None:
    # given a guest who bought, and somebody else's account with the guest's address
    switch_on(driver, sink)
    bought = driver.make_cart(email=ADA)
    driver.add_line(bought, driver.make_product("Linen shirt")[0])
    driver.place_order(bought)
    stranger = driver.make_customer(ADA, confirmed=False)
    worker.run("saleor_crm.process_inbox")
    # when the account gets an address of the stranger's own, and its password is set, of which no hook tells
    driver.staff(CUSTOMER_UPDATE, id=global_id("User", stranger), input={"email": "mallory@example.com"})
    worker.run("saleor_crm.process_inbox")
    mallory = askers.customer(stranger)
    for task in ("saleor_crm.sweep", "saleor_crm.process_inbox"):
        worker.run(task)
    # then
    told, out = json.loads(mallory(MINE)), StringIO()
    assert (told["contact"][0]["email"], told["purchases"]) == ("mallory@example.com", [])
    call_command("crm", "export", ADA, stdout=out)
    assert len(json.loads(out.getvalue())["purchases"]) == 1


def test_accounts_that_changed_are_told_one_after_the_other(driver: SaleorDriver, askers: Askers) -> None:
    # given
    users = [driver.make_customer(f"ada{number}@example.com") for number in range(3)]
    after, told = Changed("", datetime.now(UTC)), []
    askers.staff("manage_users")  # who is no customer
    for user_id in users:
        askers.customer(user_id)  # who logs in is stored anew
    # when
    while page := driver.shop.changed_customers(after, 1):
        (after,) = page
        told.append(after.id)
    # then
    assert told == users


def test_of_a_deleted_customer_nothing_is_left_to_tell_but_that_the_address_gets_no_mail(
    ada: tuple[str, str], driver: SaleorDriver, staff: GraphQL, worker: Worker
) -> None:
    # given
    user_id, _ = ada
    driver.delete_customer(user_id)
    worker.run("saleor_crm.process_inbox")
    out = StringIO()
    # when
    call_command("crm", "export", ADA, stdout=out)
    # then
    told = json.loads(out.getvalue())
    assert {name for name, rows in told.items() if isinstance(rows, list) and rows} == {"suppressions"}
    assert staff(OF, id=global_id("User", user_id)) is None
