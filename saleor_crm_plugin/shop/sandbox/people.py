"""The demo shop's customers: accounts and guests, each with a size, a taste, a purse and a rhythm."""

import json
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import words
from .bulk import copy_rows
from .catalogue import Floats, Ints
from .models import User
from .progress import Progress

GUESTS_PER_CUSTOMER = 0.15
# country: share, language, first names of women, of men, last names
COUNTRIES: dict[str, tuple[float, str, str, str, str]] = {
    "DE": (0.38, "de", "Anna Lena Julia Katharina Sophie Johanna Miriam Hannah Greta Clara Nele Paula Ulrike Sabine",
           "Jonas Lukas Felix Paul Jan Tobias Moritz Stefan Andreas Matthias Leon Björn Jürgen Tim Philipp",
           "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf"),
    "AT": (0.06, "de", "Theresa Magdalena Eva Barbara Viktoria", "Florian Clemens Sebastian Georg Dominik",
           "Gruber Huber Bauer Wagner Pichler Steiner Moser"),
    "FR": (0.16, "fr", "Camille Léa Chloé Manon Inès Juliette Élodie Amélie Claire Margaux",
           "Louis Hugo Gabriel Jules Arthur Raphaël Antoine Théo Mathieu Rémi",
           "Martin Bernard Dubois Laurent Lefebvre Moreau Girard Fontaine Rousseau Mercier Lambert"),
    "PL": (0.22, "pl", "Zofia Maja Julia Zuzanna Hanna Agnieszka Katarzyna Małgorzata Ewa Łucja",
           "Jan Jakub Antoni Szymon Michał Piotr Paweł Tomasz Łukasz Stanisław",
           "Nowak Kowalski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Mazur"),
    "GB": (0.10, "en", "Olivia Amelia Isla Emily Grace Charlotte Alice Ruby Harriet Megan",
           "Oliver George Harry Jack Noah Thomas William James Callum Rhys",
           "Smith Jones Taylor Brown Wilson Evans Walker Wright Hughes Green Edwards"),
    "NL": (0.05, "nl", "Sanne Femke Lotte Anouk Fleur", "Daan Sem Bram Thijs Lars",
           "Jansen Bakker Visser Smit Mulder Bos"),
    "IT": (0.03, "it", "Giulia Chiara Francesca Elena Sara", "Marco Luca Matteo Davide Andrea",
           "Rossi Russo Ferrari Bianchi Romano Colombo"),
}  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net")
_FIELDS = ("id", "email", "first_name", "last_name", "language", "country", "active", "metadata")


@dataclass(frozen=True)
class People:
    """Everybody who ever bought, as arrays: accounts first, then guests."""

    user: Ints  # the account's id, 0 for guests
    email: NDArray[np.str_]
    name: NDArray[np.str_]
    language: NDArray[np.str_]
    country: NDArray[np.str_]
    gender: NDArray[np.str_]
    joined: Floats  # days before now of the first order
    rate: Floats  # orders a day while alive
    dropout: Floats  # chance to be gone after an order
    purse: Floats  # log of the price level
    taste: Floats  # (person, kind)
    brands: Floats  # (person, brand)
    size: dict[str, Ints]  # by key of words.SIZES: place in it


def make_people(rng: np.random.Generator, customers: int, years: float, progress: Progress) -> People:
    """Write ``customers`` accounts; guests exist only by their orders."""
    count = customers + round(customers * GUESTS_PER_CUSTOMER)
    guest = np.arange(count) >= customers
    gender = np.where(rng.random(count) < 0.62, "w", "m")
    shares = np.array([country[0] for country in COUNTRIES.values()])
    country = rng.choice(list(COUNTRIES), count, p=shares / shares.sum())
    first, last = _names(rng, country, gender)
    email = [
        f"{_ascii(given)}.{_ascii(family)}{number}@{_DOMAINS[number % 3]}"
        for number, (given, family) in enumerate(zip(first, last, strict=True), start=1)
    ]
    language = np.array([COUNTRIES[code][1] for code in country])
    consent = rng.choice(["true", "false", ""], customers, p=[0.6, 0.15, 0.25])
    rows = [
        (
            n + 1,
            email[n],
            first[n],
            last[n],
            str(language[n]),
            str(country[n]),
            rng.random() > 0.01,
            _metadata(consent[n]),
        )
        for n in range(customers)
    ]
    copy_rows(User, _FIELDS, rows, "customers", progress)
    return People(
        user=np.where(guest, 0, np.arange(1, count + 1)),
        email=np.array(email),
        name=np.array([f"{given} {family}" for given, family in zip(first, last, strict=True)]),
        language=language,
        country=country,
        gender=gender,
        joined=1 + (years * 365 - 1) * rng.beta(1.1, 1.3, count),  # a shop that grows a little
        # Gamma-Poisson with beta-geometric dropout, as rhythm.py tells: r, alpha, a and b of BG/NBD.
        rate=rng.gamma(0.42, 1 / 25, count),
        dropout=np.where(guest, rng.beta(3, 2, count), rng.beta(0.7, 2.4, count)),
        purse=rng.normal(0, 0.35, count),
        taste=_tastes(rng, gender),
        brands=rng.gamma(0.5, 2.0, (count, len(words.BRANDS))) + 0.05,
        size=_sizes(rng, gender),
    )


def _names(
    rng: np.random.Generator, country: NDArray[np.str_], gender: NDArray[np.str_]
) -> tuple[list[str], list[str]]:
    first, last = np.empty(len(country), dtype=object), np.empty(len(country), dtype=object)
    for code, (_, _, women, men, families) in COUNTRIES.items():
        for which, given in (("w", women), ("m", men)):
            here = (country == code) & (gender == which)
            first[here] = rng.choice(given.split(), here.sum())
            family = rng.choice(families.split(), here.sum())
            if (code, which) == ("PL", "w"):
                family = np.array([f"{name[:-1]}a" if name.endswith("ki") else name for name in family])
            last[here] = family
    return [str(name) for name in first], [str(name) for name in last]


def _ascii(name: str) -> str:
    plain = name.lower().replace("ł", "l").replace("ü", "ue").replace("ö", "oe").replace("ß", "ss")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()


def _metadata(consent: str) -> str:
    if not consent:
        return "{}"
    return json.dumps({"marketing-consent": str(consent), "marketing-consent-wording": "newsletter-2024"})


def _tastes(rng: np.random.Generator, gender: NDArray[np.str_]) -> Floats:
    """How much each person is drawn to each kind: few kinds much, none that is not made for them."""
    share = np.array([kind.share for kind in words.KINDS])
    taste = rng.gamma(0.6, 1.0, (len(gender), len(share))) * share + 0.02 * share
    for number, kind in enumerate(words.KINDS):
        if "u" not in kind.genders:
            taste[~np.isin(gender, list(kind.genders)), number] = 0
    shares: Floats = taste / taste.sum(axis=1, keepdims=True)
    return shares


def _sizes(rng: np.random.Generator, gender: NDArray[np.str_]) -> dict[str, Ints]:
    """One body each: all its sizes go together."""
    body = rng.normal(0, 1, len(gender)) + np.where(gender == "m", 0.5, -0.5)
    middles = {"letters": 2.3, "waists": 2.4, "shoes": 4.3, "socks": 1.0, "one": 0.0}
    steps = {"letters": 0.9, "waists": 1.0, "shoes": 2.0, "socks": 0.7, "one": 0.0}
    return {
        key: np.clip(np.rint(middles[key] + steps[key] * body), 0, len(words.SIZES[key]) - 1).astype(np.int64)
        for key in words.SIZES
    }
