"""The demo shop's vocabulary: what it sells, of what, in which colours, in four languages."""

from dataclasses import dataclass

LANGUAGES = ("en", "de", "fr", "pl")
_Words = dict[str, str]


def _words(text: str) -> _Words:
    """``shirt|Hemd|Chemise|Koszula`` -> by language, in the order of LANGUAGES."""
    return dict(zip(LANGUAGES, text.split("|"), strict=True))


@dataclass(frozen=True)
class Kind:
    """A sort of thing: its words, who wears it, what it costs in EUR, when it sells, how much of the range it is."""

    key: str
    words: _Words
    genders: str  # of "w", "m", "u" (everybody)
    branch: str  # of the category tree
    sizes: str  # key of SIZES
    price: float  # EUR, in the middle
    season: str  # "warm", "cold" or "all"
    share: float  # of the catalogue and of the demand
    materials: tuple[str, ...]


SIZES: dict[str, tuple[str, ...]] = {
    "letters": ("XS", "S", "M", "L", "XL", "XXL"),
    "waists": ("28", "30", "32", "34", "36", "38"),
    "shoes": ("36", "37", "38", "39", "40", "41", "42", "43", "44", "45"),
    "socks": ("35-38", "39-42", "43-46"),
    "one": ("",),
}

KINDS: tuple[Kind, ...] = tuple(
    Kind(key, _words(words), genders, branch, sizes, price, season, share, tuple(materials.split()))
    for key, words, genders, branch, sizes, price, season, share, materials in (
        ("shirt", "shirt|Hemd|Chemise|Koszula", "wm", "shirts", "letters", 59, "all", 10, "linen cotton silk denim"),
        ("tshirt", "T-shirt|T-Shirt|T-shirt|T-shirt", "wm", "t-shirts", "letters", 25, "warm", 11, "cotton linen"),
        ("dress", "dress|Kleid|Robe|Sukienka", "w", "dresses", "letters", 89, "warm", 10, "linen silk cotton wool"),
        ("skirt", "skirt|Rock|Jupe|Spódnica", "w", "skirts", "letters", 65, "warm", 5, "linen wool denim cotton"),
        ("trousers", "trousers|Hose|Pantalon|Spodnie", "wm", "trousers", "waists", 79, "all", 10,
         "linen cotton wool denim corduroy"),
        ("shorts", "shorts|Shorts|Short|Szorty", "wm", "trousers", "waists", 45, "warm", 4, "linen cotton denim"),
        ("jumper", "jumper|Pullover|Pull|Sweter", "wm", "knitwear", "letters", 85, "cold", 10,
         "wool merino cashmere cotton"),
        ("coat", "coat|Mantel|Manteau|Płaszcz", "wm", "coats-jackets", "letters", 199, "cold", 5, "wool cashmere"),
        ("jacket", "jacket|Jacke|Veste|Kurtka", "wm", "coats-jackets", "letters", 129, "cold", 6,
         "denim leather cotton corduroy suede"),
        ("sneakers", "sneakers|Sneaker|Baskets|Sneakersy", "u", "sneakers", "shoes", 109, "all", 7,
         "leather canvas suede"),
        ("boots", "boots|Stiefel|Bottines|Botki", "u", "boots", "shoes", 159, "cold", 5, "leather suede"),
        ("bag", "bag|Tasche|Sac|Torba", "u", "bags", "one", 99, "all", 5, "leather canvas suede"),
        ("hat", "hat|Hut|Chapeau|Kapelusz", "u", "hats", "one", 39, "warm", 2, "wool cotton linen"),
        ("beanie", "beanie|Mütze|Bonnet|Czapka", "u", "hats", "one", 29, "cold", 2, "wool merino cashmere"),
        ("scarf", "scarf|Schal|Écharpe|Szalik", "u", "scarves", "one", 45, "cold", 3, "wool silk cashmere merino"),
        ("belt", "belt|Gürtel|Ceinture|Pasek", "u", "belts", "one", 35, "all", 2, "leather suede canvas"),
        ("socks", "socks|Socken|Chaussettes|Skarpety", "u", "socks", "socks", 12, "all", 3, "cotton wool merino"),
    )
)  # fmt: skip

REPLENISHED = ("socks", "tshirt")  # bought again and again, most often the same

# As they stand after the noun ("aus Leinen"); in English before it.
MATERIALS: dict[str, _Words] = {
    "linen": _words("linen|aus Leinen|en lin|z lnu"),
    "cotton": _words("cotton|aus Baumwolle|en coton|z bawełny"),
    "silk": _words("silk|aus Seide|en soie|z jedwabiu"),
    "denim": _words("denim|aus Denim|en denim|z denimu"),
    "wool": _words("wool|aus Wolle|en laine|z wełny"),
    "merino": _words("merino|aus Merinowolle|en mérinos|z merynosa"),
    "cashmere": _words("cashmere|aus Kaschmir|en cachemire|z kaszmiru"),
    "corduroy": _words("corduroy|aus Cord|en velours côtelé|ze sztruksu"),
    "leather": _words("leather|aus Leder|en cuir|ze skóry"),
    "suede": _words("suede|aus Wildleder|en daim|z zamszu"),
    "canvas": _words("canvas|aus Canvas|en toile|z płótna"),
}

COLOURS: dict[str, tuple[tuple[int, int, int], _Words]] = {
    "ivory": ((238, 230, 214), _words("ivory|elfenbein|ivoire|kość słoniowa")),
    "sand": ((214, 192, 158), _words("sand|sand|sable|piaskowy")),
    "camel": ((190, 146, 98), _words("camel|camel|camel|camelowy")),
    "rust": ((176, 90, 60), _words("rust|rost|rouille|rdzawy")),
    "terracotta": ((201, 120, 92), _words("terracotta|terrakotta|terre cuite|terakota")),
    "berry": ((138, 52, 84), _words("berry|beere|baie|jagodowy")),
    "rose": ((217, 158, 156), _words("rose|rosé|rose|różany")),
    "mustard": ((208, 160, 66), _words("mustard|senfgelb|moutarde|musztardowy")),
    "olive": ((118, 120, 78), _words("olive|oliv|olive|oliwkowy")),
    "sage": ((158, 174, 148), _words("sage|salbei|sauge|szałwiowy")),
    "forest": ((58, 92, 76), _words("forest green|waldgrün|vert sapin|leśna zieleń")),
    "teal": ((58, 116, 122), _words("teal|petrol|bleu canard|morski")),
    "sky": ((150, 182, 206), _words("sky blue|himmelblau|bleu ciel|błękitny")),
    "denim-blue": ((82, 110, 148), _words("denim blue|jeansblau|bleu jean|dżinsowy")),
    "navy": ((46, 60, 92), _words("navy|marine|marine|granatowy")),
    "lilac": ((172, 154, 190), _words("lilac|flieder|lilas|liliowy")),
    "plum": ((96, 66, 96), _words("plum|pflaume|prune|śliwkowy")),
    "stone": ((172, 168, 160), _words("stone|steingrau|pierre|kamienny")),
    "charcoal": ((78, 80, 86), _words("charcoal|anthrazit|anthracite|grafitowy")),
    "chestnut": ((120, 78, 58), _words("chestnut|kastanie|châtaigne|kasztanowy")),
}

BRANDS: dict[str, float] = {  # with the level of their prices
    "Morgentau": 0.85, "Halm & Korn": 0.9, "Lumo": 0.8, "Tessera": 1.1, "Ostwind": 1.0, "Atelier Brume": 1.45,
    "Vesna": 0.95, "Marée": 1.15, "Kelmar": 1.05, "Papierkranich": 0.9, "Rivière": 1.3, "Skogar": 1.2,
}  # fmt: skip

_MODELS = (
    "Alma Anouk Arvid Asta Bela Birk Carla Cleo Dalia Edda Eik Elin Emre Enna Fenja Finn Flora Frida Gala Gerd Hanno "
    "Hedda Ida Ilse Ines Iver Jade Janko Juno Kaja Karla Kian Lale Lennart Levi Liv Lorin Lotte Luan Maja Malin Marlo "
    "Mika Milo Mina Nela Nils Noor Nuri Odile Oke Ole Orla Pepa Quin Rasmus Remy Rika Romy Runa Saga Selma Sina Sol "
    "Svea Tamo Thea Tilda Tove Uli Vera Vito Wanda Yara Yuna Zelda Zora"
)
MODELS = tuple(_MODELS.split())

BRANCHES: dict[str, str] = {
    "shirts": "Shirts", "t-shirts": "T-shirts", "dresses": "Dresses", "skirts": "Skirts", "trousers": "Trousers",
    "knitwear": "Knitwear", "coats-jackets": "Coats & jackets", "sneakers": "Sneakers", "boots": "Boots",
    "bags": "Bags", "hats": "Hats", "scarves": "Scarves", "belts": "Belts", "socks": "Socks",
}  # fmt: skip
SHOES = ("sneakers", "boots")


def product_names(kind: Kind, material: str, model: str) -> dict[str, str]:
    """``Alma linen shirt``, ``Hemd Alma aus Leinen``, ... by language."""
    of = MATERIALS[material]
    names = {lang: f"{kind.words[lang]} {model} {of[lang]}" for lang in LANGUAGES}
    names["en"] = f"{model} {of['en']} {kind.words['en']}"
    return names


def variant_names(size: str, colour: str) -> dict[str, str]:
    """``M, navy``, by language."""
    words = COLOURS[colour][1]
    return {lang: f"{size}, {words[lang]}" if size else words[lang] for lang in LANGUAGES}
