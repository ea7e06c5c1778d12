"""The hands of those who keep a shop's range in real Saleor: categories, attributes, what a variant is sold as."""

from collections.abc import Mapping, Sequence

from saleor.product.models import ProductVariant

from tests.saleor import graphql as gql
from tests.saleor.graphql import GraphQL, global_id, key_of


class Merchandise:
    """Changes what the shop says of its products, by its mutations."""

    staff: GraphQL
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

    def put_in_category(self, variant_id: str, path: Sequence[str]) -> list[str]:
        ids: list[str] = []
        for name in path:
            parent = {"parent": ids[-1]} if ids else {}
            ids.append(self.staff(gql.CATEGORY_CREATE, input={"name": name}, **parent)["category"]["id"])
        self.staff(gql.PRODUCT_UPDATE, id=_product(variant_id), input={"category": ids[-1]})
        return [key_of(category) for category in ids]

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
