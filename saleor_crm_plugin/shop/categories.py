"""The tree of categories, as every shop keeps it: each knows the one above it."""

from collections.abc import Iterable, Mapping, Sequence


def paths(parents: Mapping[int, int | None]) -> dict[int, tuple[str, ...]]:
    """The path from the root to each category, itself included, as the port spells ids."""
    found: dict[int, tuple[str, ...]] = {}
    for category in parents:
        path: list[str] = []
        at: int | None = category
        while at is not None:
            path.append(str(at))
            at = parents.get(at)
        found[category] = tuple(reversed(path))
    return found


def inside(
    wanted: Sequence[str], tree: Mapping[int, Sequence[str]], products: Iterable[tuple[int, int]]
) -> dict[str, frozenset[str]]:
    """The products in each wanted category or below it. ``tree`` is what ``paths`` tells, ``products`` pairs each
    product's key with that of its category. Without categories that are not in the tree."""
    found: dict[str, set[str]] = {one: set() for one in wanted if one in {str(key) for key in tree}}
    for product, category in products:
        for above in tree[category]:
            if above in found:
                found[above].add(str(product))
    return {category: frozenset(some) for category, some in found.items()}


def below(wanted: Sequence[str], tree: Mapping[int, Sequence[str]]) -> list[int]:
    """These categories and all below them."""
    asked = set(wanted)
    return [key for key, path in tree.items() if asked.intersection(path)]
