"""Whether the shop has what an owner's words name: a block of what is not there is left out of each mail, unnoticed."""

from ...shop.port import Shop
from .build import blocks_in
from .words import Words


def missing(shop: Shop, words: Words, template: str) -> list[str]:
    """What blocks name that the shop does not have, one sentence each. Two queries or three, none where nothing is
    named. Raises Problem where the words can't be used at all."""
    blocks = blocks_in(words, template)
    categories = {block.category for block in blocks if block.category}
    collections = {block.collection for block in blocks if block.collection}
    products = {slug for block in blocks for slug in (*block.pin, *block.ban)}
    known = shop.shelves_there(sorted(categories), sorted(collections)) if categories | collections else ((), ())
    sold = shop.product_ids(sorted(products)) if products else ()
    return [
        f"The shop has no {what} “{slug}”: it is named by the last part of its address in the shop."
        for what, named, there in (
            ("category", categories, known[0]),
            ("collection", collections, known[1]),
            ("product", products, sold),
        )
        for slug in sorted(named)
        if slug not in there
    ]
