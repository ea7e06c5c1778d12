"""What a training would have left, for tests of what shows it."""

from collections.abc import Mapping, Sequence

from saleor_crm_plugin.recs.served.models import ContactList, PopularList, ProductList, Shelf, TrainingRun
from saleor_crm_plugin.recs.served.reasons import CODES, Reason
from saleor_crm_plugin.shop.sandbox.models import Variant
from tests.road import NOON

Shown = Sequence[str] | Mapping[str, Reason]


class Learnt:
    """Keeps lists as a training does, each best first. Products are named by their variants."""

    def __init__(self) -> None:
        self.run = TrainingRun.objects.create(engine="test", started_at=NOON, finished_at=NOON, current=True)

    def goes_with(self, variant: str, shown: Shown, kind: ProductList.Kind = ProductList.Kind.BASKET) -> None:
        """What goes well with a product: bought together with it, where no other reason is named."""
        lists = self._lists(shown, Reason.BOUGHT_TOGETHER)
        ProductList.objects.create(product_id=int(product_of(variant)), kind=kind, run=self.run, **lists)

    def like(self, variant: str, shown: Shown) -> None:
        """What is like a product."""
        self.goes_with(variant, shown, ProductList.Kind.RELATED)

    def liked_by(self, contact_id: int, shown: Shown) -> None:
        """What a customer may like."""
        lists = self._lists(shown, Reason.PERSONAL)
        ContactList.objects.create(contact_id=contact_id, kind=ContactList.Kind.PERSONAL, run=self.run, **lists)

    def sells(self, shown: Sequence[str], channel: str = "", category: str = "") -> None:
        """What sells in the whole shop, or in a category."""
        lists = self._lists(shown, Reason.POPULAR)
        del lists["reasons"]
        PopularList.objects.create(channel=channel, category_id=category, **lists)

    def stands(self, variant: str, *categories: str) -> None:
        """On which shelf a product stands: categories from the root to its own."""
        Shelf.objects.create(product_id=int(product_of(variant)), categories=list(categories))

    def _lists(self, shown: Shown, usual: Reason) -> dict[str, list[float]]:
        reasons = shown.values() if isinstance(shown, Mapping) else [usual] * len(shown)
        return {
            "items": [int(product_of(variant)) for variant in shown],
            "scores": [1 / (place + 1) for place in range(len(shown))],
            "reasons": [CODES[reason] for reason in reasons],
        }


def product_of(variant: str) -> str:
    """The product of a variant."""
    return str(Variant.objects.get(pk=int(variant)).product_id)
