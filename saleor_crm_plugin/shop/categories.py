"""The tree of categories, as every shop keeps it: each knows the one above it."""

from collections.abc import Mapping


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
