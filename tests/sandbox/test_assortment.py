"""The demo shop's range is read in pieces."""

from saleor_crm_plugin.shop.sandbox.assortment import read_catalogue
from tests.sandbox.driver import SandboxDriver


def test_the_catalogue_is_the_same_in_whatever_pieces_it_is_read(db: None) -> None:
    driver = SandboxDriver()
    for number in range(5):
        driver.make_product(f"Product {number}", variants=["S", "M"])
    whole = list(read_catalogue())
    assert [product.text for product in whole] == [f"Product {number}" for number in range(5)]
    assert list(read_catalogue(2)) == list(read_catalogue(5)) == whole
