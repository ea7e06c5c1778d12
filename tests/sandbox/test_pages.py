"""The demo shop's few pages."""

from decimal import Decimal

import pytest
from django.test import Client

from saleor_crm_plugin.shop.sandbox import own_settings
from tests.sandbox.driver import SandboxDriver


@pytest.fixture
def shop(db: None) -> SandboxDriver:
    return SandboxDriver()


def test_the_link_of_a_mail_leads_to_the_cart(shop: SandboxDriver, client: Client) -> None:
    # given
    cart_id = shop.make_cart(email="ada@example.com")
    shop.add_line(cart_id, shop.make_product("<Shirt>", price=Decimal("40.00"))[0], 2)
    # when
    answer = client.get("/cart", {"checkout": shop.shop.cart_reference(cart_id)})
    # then
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;Shirt&gt;" in page
    assert "80.00 EUR" in page
    assert "ada@example.com" not in page
    assert not answer.cookies


@pytest.mark.parametrize("reference", ["", "x", "é", "Q2hlY2tvdXQ6", "T3JkZXI6MQ==", "/w=="])
def test_a_link_to_no_cart_says_so(shop: SandboxDriver, client: Client, reference: str) -> None:
    answer = client.get("/cart", {"checkout": reference})
    assert answer.status_code == 404
    assert "no longer there" in answer.content.decode()


def test_a_product_has_a_page_and_a_picture(shop: SandboxDriver, client: Client) -> None:
    cart_id = shop.make_cart()
    shop.add_line(cart_id, shop.make_product("Shirt")[0])
    line = shop.shop.priced_carts([cart_id])[cart_id].lines[0]
    page, picture = client.get(f"/products/{line.product_slug}"), client.get(f"/media/{line.product_slug}.png")
    assert line.image_url == f"http://127.0.0.1:8000/media/{line.product_slug}.png"
    assert (page.status_code, picture.status_code) == (200, 200)
    assert line.image_url in page.content.decode()
    assert picture.content.startswith(b"\x89PNG")
    assert client.get("/products/none").status_code == client.get("/media/none.png").status_code == 404


def test_the_plugin_answers_below_its_own_address(shop: SandboxDriver, client: Client) -> None:
    assert client.get("/plugins/saleor.crm/no/such/page").content == b"Not found."


def test_the_shops_own_address_can_be_set(shop: SandboxDriver) -> None:
    own_settings.save_own("public_url", "https://demo.example.com/")
    assert shop.shop.public_url("/plugins/x/") == "https://demo.example.com/plugins/x/"
    assert "shop.public_url" not in shop.shop.configuration()
    with pytest.raises(KeyError):
        own_settings.save_own("colour", "red")
