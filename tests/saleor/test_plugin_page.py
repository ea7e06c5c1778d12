"""The owner's page: the plugin is there after ``migrate``, takes good settings and refuses bad ones in plain words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_plugin import config
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import PLUGIN_UPDATE, PLUGINS, GraphQL
from tests.saleor.services import Sink
from tests.saleor.worker import Worker


def test_the_plugin_is_listed_and_active_after_migrate(staff: GraphQL) -> None:
    page = _page(staff)
    assert page["name"] == "CRM"
    assert page["globalConfiguration"]["active"] is True


def test_every_setting_has_a_label_a_help_text_and_its_default(staff: GraphQL) -> None:
    fields = {field["name"]: field for field in _page(staff)["globalConfiguration"]["configuration"]}
    assert list(fields) == [field.name for field in config.FIELDS]
    for field in config.FIELDS:
        shown = fields[field.name]
        assert (shown["label"], shown["helpText"]) == (field.label, field.help)
        if field.kind == config.Kind.FLAG:
            assert shown["value"] == str(field.default).lower()
        elif field.kind != config.Kind.SECRET:
            assert shown["value"] == field.default


def test_the_owner_saves_settings_and_we_read_them(staff: GraphQL, driver: SaleorDriver) -> None:
    # when
    _save(staff, storefront_url="https://shop.example.com", sender_address="crm@example.com", holdout_percent="25")
    _save(staff, smtp_password="s3cret", quiet_hours="")
    # then
    settings = config.parse(driver.shop.configuration())
    assert (settings.storefront_url, settings.sender_address) == ("https://shop.example.com", "crm@example.com")
    assert (settings.holdout_percent, settings.smtp.password) == (25, "s3cret")
    secret = next(
        field for field in _page(staff)["globalConfiguration"]["configuration"] if field["name"] == "smtp_password"
    )
    assert "s3cret" not in str(secret)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("abandoned_cart_delay", "soon"),
        ("smtp_port", "70000"),
        ("storefront_url", "shop.example.com"),
        ("sender_address", "nobody"),
        ("time_zone", "Mars/Olympus"),
        ("allow_list", "a@example.com\nnonsense"),
    ],
)
def test_a_bad_value_gives_one_readable_error_and_saves_nothing(
    staff: GraphQL, driver: SaleorDriver, name: str, value: str
) -> None:
    # given
    before = driver.shop.configuration()
    # when
    answer = staff.raw(PLUGIN_UPDATE, id="saleor_crm", input=_settings(sender_name="The shop", **{name: value}))
    # then
    assert not answer.get("errors")
    (error,) = answer["data"]["pluginUpdate"]["errors"]
    assert error["message"].startswith(f"“{config.BY_NAME[name].label}” ")
    assert driver.shop.configuration() == before
    assert driver.shop.active()


def test_several_bad_values_are_named_in_one_error(staff: GraphQL) -> None:
    answer = staff.raw(PLUGIN_UPDATE, id="saleor_crm", input=_settings(smtp_port="x", quiet_hours="late"))
    (error,) = answer["data"]["pluginUpdate"]["errors"]
    assert "“SMTP port” " in error["message"]
    assert "“Quiet hours” " in error["message"]


def test_the_owner_switches_the_plugin_off_and_on(staff: GraphQL, driver: SaleorDriver) -> None:
    staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    assert driver.shop.active() is False
    staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": True})
    assert driver.shop.active() is True


def test_with_the_settings_of_the_first_day_nothing_is_sent(
    driver: SaleorDriver, worker: Worker, sink: Sink, leave: Callable[[str, timedelta], None]
) -> None:
    # given
    cart_id = driver.make_cart(email="ada@example.com", metadata={"marketing-consent": "true"})
    driver.add_line(cart_id, driver.make_product()[0])
    leave(cart_id, timedelta(hours=30))
    # when
    worker.road()
    # then
    assert sink.mails == []


def _page(staff: GraphQL) -> dict[str, Any]:
    nodes = [edge["node"] for edge in staff(PLUGINS)["edges"]]
    return next(node for node in nodes if node["id"] == "saleor_crm")


def _settings(**values: object) -> dict[str, Any]:
    return {"active": True, "configuration": [{"name": name, "value": value} for name, value in values.items()]}


def _save(staff: GraphQL, **values: object) -> None:
    staff(PLUGIN_UPDATE, id="saleor_crm", input=_settings(**values))
