"""The demo shop's range: a category tree, products with their words and prices, variants, stock."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.text import slugify
from numpy.typing import NDArray

from . import words
from .bulk import copy_rows
from .models import Category, Channel, Price, Product, Stock, Variant
from .progress import Progress

CHANNELS = {"eu": "EUR", "poland": "PLN"}
PLN_PER_EUR = 4.3
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Catalogue:
    """The range as arrays, one row a product, for the history of orders."""

    kind: Ints  # index in KINDS
    gender: NDArray[np.str_]  # "w", "m", "u"
    brand: Ints
    season: NDArray[np.str_]
    popularity: Floats
    launched: Floats  # days before now
    price: Floats  # (product, channel), undiscounted
    variant: Ints  # (product, size), 0 where there is none


def make_catalogue(rng: np.random.Generator, products: int, progress: Progress) -> Catalogue:
    """Write ``products`` products with everything around them into an empty shop."""
    Channel.objects.bulk_create(Channel(slug=slug, currency=currency) for slug, currency in CHANNELS.items())
    categories = _categories()
    plan = _plan(rng, products)
    brands = list(words.BRANDS)
    rows: list[tuple[Any, ...]] = []
    variants: list[tuple[Any, ...]] = []
    prices: list[tuple[Any, ...]] = []
    stocks: list[tuple[Any, ...]] = []
    widest = max(len(sizes) for sizes in words.SIZES.values())
    ids = np.zeros((products, widest), dtype=np.int64)
    base = np.zeros((products, len(CHANNELS)))
    for index, item in enumerate(plan):
        names = words.product_names(item.kind, item.material, item.model)
        attributes = {"kind": item.kind.key, "gender": item.gender, "material": item.material, "colour": item.colour}
        english, others = names.pop("en"), json.dumps(names)
        slug = slugify(f"{english} {item.colour}")
        season = _season(item.kind, item.material)
        brand = brands[item.brand]
        category = categories[_branch(item.kind, item.gender)]
        rows.append(
            (index + 1, english, slug, category, json.dumps(attributes), brand, season, rng.random() > 0.01, others)
        )
        base[index] = _base_prices(rng, item)
        discount = rng.choice([0.1, 0.2, 0.3, 0.4]) if rng.random() < 0.2 else 0.0
        for place, size in enumerate(words.SIZES[item.kind.sizes]):
            pk = ids[index, place] = len(variants) + 1
            labels = words.variant_names(size, item.colour)
            sku = f"{slug[:40]}-{index + 1}-{size or 'one'}".upper()
            variants.append((pk, index + 1, sku, labels.pop("en"), size, item.colour, json.dumps(labels)))
            stocks.append((pk, 0 if rng.random() < 0.05 else int(rng.poisson(30))))
            for channel, full in enumerate(base[index], start=1):
                prices.append(
                    (len(prices) + 1, pk, channel, _charm(full * (1 - discount), channel), _charm(full, channel), True)
                )
    copy_rows(Product, PRODUCT, rows, "products", progress)
    copy_rows(Variant, VARIANT, variants, "variants", progress)
    copy_rows(Stock, ("variant", "quantity"), stocks, "stock", progress)
    copy_rows(Price, ("id", "variant", "channel", "price", "undiscounted", "listed"), prices, "prices", progress)
    kinds = np.array([words.KINDS.index(item.kind) for item in plan])
    return Catalogue(
        kind=kinds,
        gender=np.array([item.gender for item in plan]),
        brand=np.array([item.brand for item in plan]),
        season=np.array([row[6] for row in rows]),
        popularity=rng.pareto(1.6, products) + 0.2,
        launched=np.where(rng.random(products) < 0.5, 1e6, rng.uniform(20, 700, products)),
        price=base,
        variant=ids,
    )


PRODUCT = ("id", "name", "slug", "category", "attributes", "brand", "season", "published", "translations")
VARIANT = ("id", "product", "sku", "name", "size", "colour", "translations")


@dataclass(frozen=True)
class _Item:
    kind: words.Kind
    gender: str
    material: str
    model: str
    colour: str
    brand: int


def _plan(rng: np.random.Generator, products: int) -> list[_Item]:
    """What to make: kinds by their share, no two of one name and colour."""
    shares = np.array([kind.share for kind in words.KINDS])
    kinds = rng.choice(len(words.KINDS), products, p=shares / shares.sum())
    kinds[: min(products, len(shares))] = np.arange(min(products, len(shares)))  # some of everything
    seen: set[tuple[str, str, str, str]] = set()
    plan: list[_Item] = []
    while len(plan) < products:
        kind = words.KINDS[kinds[len(plan)]]
        material = str(rng.choice(kind.materials))
        model, colour = str(rng.choice(words.MODELS)), str(rng.choice(list(words.COLOURS)))
        if (key := (kind.key, material, model, colour)) not in seen:
            seen.add(key)
            gender = kind.genders[int(rng.integers(len(kind.genders)))]
            plan.append(_Item(kind, gender, material, model, colour, int(rng.integers(len(words.BRANDS)))))
    return plan


def _categories() -> dict[str, int]:
    """The tree; returns the leaf's id by ``<top>-<branch>``."""
    tops = {
        name: Category.objects.create(name=name, slug=name.lower()) for name in ("Women", "Men", "Shoes", "Accessories")
    }
    leaves = {}
    for kind in words.KINDS:
        for gender in kind.genders:
            slug = _branch(kind, gender)
            top = tops[slug.partition("-")[0].capitalize()]
            leaf, _ = Category.objects.get_or_create(
                slug=slug, defaults={"name": words.BRANCHES[kind.branch], "parent": top}
            )
            leaves[slug] = leaf.pk
    return leaves


def _branch(kind: words.Kind, gender: str) -> str:
    top = {"w": "women", "m": "men"}.get(gender) or ("shoes" if kind.branch in words.SHOES else "accessories")
    return f"{top}-{kind.branch}"


def _season(kind: words.Kind, material: str) -> str:
    if material in ("wool", "merino", "cashmere"):
        return "cold"
    return "warm" if material == "linen" else kind.season


def _base_prices(rng: np.random.Generator, item: _Item) -> tuple[float, float]:
    level = list(words.BRANDS.values())[item.brand]
    luxury = {"cashmere": 1.6, "silk": 1.4, "leather": 1.2, "merino": 1.15}.get(item.material, 1.0)
    euros = item.kind.price * level * luxury * float(rng.lognormal(0, 0.15))
    return euros, euros * PLN_PER_EUR


def _charm(amount: float, channel: int) -> Any:
    """A price as shops write it: 58.95 euros, 249.00 zloty."""
    return f"{max(round(amount), 5) - 0.05:.2f}" if channel == 1 else f"{max(round(amount / 10) * 10 - 1, 9)}.00"
