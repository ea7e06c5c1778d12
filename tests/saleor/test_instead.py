"""What is shown in real Saleor instead of a variant that is not there."""

from datetime import UTC, datetime
from decimal import Decimal

from saleor_crm_plugin.recs.served.instead import Wanted, instead_of
from saleor_crm_plugin.recs.served.models import ProductList, TrainingRun
from saleor_crm_plugin.recs.served.reasons import CODES, Reason
from tests.saleor.driver import SaleorDriver
from tests.saleor.merchandise import products_of


def test_it_is_there_in_the_wanted_size_at_about_the_price(driver: SaleorDriver) -> None:
    # given coats in M, one of them sold out, one too dear, and one that is there in L only
    gone, there, dear, large = (
        driver.make_product(name, price=Decimal(price))[0]
        for name, price in (("Coat", 100), ("Cape", 150), ("Fur", 151), ("Parka", 100))
    )
    for variant, size in ((gone, "m"), (there, "m"), (dear, "m"), (large, "l")):
        driver.describe(variant, {}, {"coat-size": size})
    driver.sell_out(gone)
    now = datetime.now(UTC)
    missing, *others = map(int, products_of([gone, large, dear, there]))
    ProductList.objects.create(
        product_id=missing,
        kind=ProductList.Kind.RELATED,
        run=TrainingRun.objects.create(engine="test", started_at=now, current=True),
        items=others,
        scores=[3, 2, 1],
        reasons=[CODES[Reason.RELATED]] * 3,
    )
    # when
    wanted = Wanted.of(driver.shop.variants([gone], driver.channel, "de", ["coat-size"])[gone])
    found = instead_of(driver.shop, [wanted], driver.channel, 4, now)[wanted]
    # then
    assert wanted.sizes == {("coat-size", "m")}
    assert [one.product_id for one in found] == products_of([there])
