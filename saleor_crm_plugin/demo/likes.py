"""What customers of the demo may like, and how good that is against what sells: for the demo's page."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..recs.served.models import TrainingRun
from ..shop.port import Shop
from ..shop.sandbox import pictures
from .people import read_people, slugs

QUESTIONS: dict[str, str] = {
    "discovery": "What they buy for the first time",
    "basket": "What else belongs in the cart",
    "related": "What goes with a product",
    "rebuy": "What they buy again",
}
_CHANCE = 2  # percent


@dataclass(frozen=True)
class Duel:
    """What was picked for a question beside what sells: NDCG@20 of each on the shop's last weeks."""

    question: str
    picked: float
    popular: float

    @property
    def widths(self) -> tuple[float, float]:
        """Of the two bars, in percent of the longer one."""
        longer = max(self.picked, self.popular) or 1
        return 100 * self.picked / longer, 100 * self.popular / longer

    @property
    def verdict(self) -> str:
        """In words. What is closer than a few percent may be chance."""
        percent = round(100 * (self.picked / self.popular - 1)) if self.popular else 0
        if abs(percent) <= _CHANCE:
            return "about as good"
        return f"{percent} % better" if percent > 0 else f"{-percent} % worse"


def likes_context(shop: Shop, out: Path, now: datetime) -> dict[str, Any]:
    """What ``likes.html`` shows. Its pictures are drawn into ``out/media``."""
    run = TrainingRun.objects.filter(current=True).first()
    people = read_people(shop, run, now) if run else []
    figures = run.figures if run else {}
    pictures.write_pictures(slugs(people), out / "media")
    duels = [
        Duel(words, figures[task]["ndcg20"], figures[task]["popularity_ndcg20"])
        for task, words in QUESTIONS.items()
        if task in figures and figures[task]["windows"]
    ]
    unproven = "" if duels else next((one["reason"] for one in figures.values()), "")
    return {"people": people, "duels": duels, "unproven": unproven}
