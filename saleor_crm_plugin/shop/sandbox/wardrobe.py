"""What a customer would put into a cart now: what fits, by the sizes bought before."""

import numpy as np

from .models import OrderLine, User, Variant


class Wardrobe:
    """Variants that are sold everywhere and well in stock; each product is taken once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rows = self._hang_up()

    def take(self, user: User) -> int:
        """A variant in a size and of a range that the user bought before, else any."""
        lines = OrderLine.objects.filter(order__user=user)
        bought = set(lines.values_list("variant__size", "variant__product__attributes__gender"))
        rows = self._rows or self._hang_up()
        variant, product, *_ = next((row for row in rows if row[2:] in bought), rows[0])
        self._rows = [row for row in rows if row[1] != product]
        return int(variant)

    def _hang_up(self) -> list[tuple[int, int, str, str]]:
        """What can be bought now; a small shop has to look again when every product was taken."""
        sold = Variant.objects.filter(product__published=True, stock__quantity__gte=10).order_by("pk")
        rows = list(sold.values_list("pk", "product", "size", "product__attributes__gender"))
        return [rows[index] for index in self._rng.permutation(len(rows))]
