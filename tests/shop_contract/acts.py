"""What several tests of the contract do first."""

from tests.shop_driver import ShopDriver


def guest_order(driver: ShopDriver, variant_id: str, *, paid: bool = True) -> str:
    """The order of a guest for one unit. Returns its id."""
    cart_id = driver.make_cart(email="guest@example.com")
    driver.add_line(cart_id, variant_id)
    return driver.place_order(cart_id, paid=paid)
