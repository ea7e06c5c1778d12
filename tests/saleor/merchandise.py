"""The hands of those who keep a shop's range in real Saleor: categories, attributes, what a variant is sold as."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from saleor.product.models import ProductVariant
from saleor.warehouse.models import Stock

from tests.saleor import graphql as gql
from tests.saleor.graphql import GraphQL, global_id, key_of, pairs


class Merchandise:
    """Changes what the shop says of its products, by its mutations."""

    staff: GraphQL
    warehouse: str  # in which everything is made: it serves both channels
    product_type: str  # of all that is described
    _attributes: dict[tuple[str, str], str]  # made once: an empty shop keeps its attributes

    def describe(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        self.staff(
            gql.PRODUCT_UPDATE,
            id=_product(variant_id),
            input={"attributes": [self._value("PRODUCT", *pair) for pair in product.items()]},
        )
        self.staff(
            gql.VARIANT_UPDATE,
            id=global_id("ProductVariant", variant_id),
            input={"attributes": [self._value("VARIANT", *pair) for pair in variant.items()]},
        )

    def note(self, variant_id: str, product: Mapping[str, str], variant: Mapping[str, str]) -> None:
        for key, entries in ((_product(variant_id), product), (global_id("ProductVariant", variant_id), variant)):
            if entries:
                self.staff(gql.UPDATE_METADATA, id=key, input=pairs(entries))

    def set_stock(self, variant_id: str, quantity: int) -> None:
        elsewhere = Stock.objects.filter(product_variant_id=int(variant_id)).values_list("warehouse_id", flat=True)
        stocks = {global_id("Warehouse", key): 0 for key in elsewhere} | {self.warehouse: quantity}
        counted = [{"warehouse": key, "quantity": units} for key, units in stocks.items()]
        self.staff(gql.STOCKS_UPDATE, id=global_id("ProductVariant", variant_id), stocks=counted)

    def sell_out(self, variant_id: str) -> None:
        self.set_stock(variant_id, 0)

    def put_in_category(self, variant_id: str, path: Sequence[str]) -> list[str]:
        ids: list[str] = []
        for name in path:
            parent = {"parent": ids[-1]} if ids else {}
            ids.append(self.staff(gql.CATEGORY_CREATE, input={"name": name}, **parent)["category"]["id"])
        self.staff(gql.PRODUCT_UPDATE, id=_product(variant_id), input={"category": ids[-1]})
        return [key_of(category) for category in ids]

    def put_in_collection(self, variant_ids: Sequence[str]) -> str:
        made = self.staff(gql.COLLECTION_CREATE, input={"name": f"Collection {uuid4().hex}"})["collection"]
        self.staff(gql.COLLECTION_ADD, id=made["id"], products=[_product(variant) for variant in variant_ids])
        return str(made["slug"])

    def _value(self, kind: str, attribute: str, value: str) -> dict[str, object]:
        if (kind, attribute) not in self._attributes:
            made = {"name": attribute, "slug": attribute, "type": "PRODUCT_TYPE", "inputType": "DROPDOWN"}
            key = self.staff(gql.ATTRIBUTE_CREATE, input=made)["attribute"]["id"]
            self.staff(gql.ATTRIBUTE_ASSIGN, id=self.product_type, operations=[{"id": key, "type": kind}])
            self._attributes[kind, attribute] = key
        return {"id": self._attributes[kind, attribute], "dropdown": {"value": value}}


def products_of(variants: Sequence[str]) -> list[str]:
    """The products of variants, in the same order."""
    of_variant = dict(ProductVariant.objects.filter(pk__in=map(int, variants)).values_list("pk", "product_id"))
    return [str(of_variant[int(variant)]) for variant in variants]


def _product(variant_id: str) -> str:
    return global_id("Product", ProductVariant.objects.get(pk=int(variant_id)).product_id)
