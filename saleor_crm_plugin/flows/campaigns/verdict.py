"""Which of two versions is better: said when it is clear, and not before, however often it is asked.

A test martingale (Shafer, Vovk: Game-Theoretic Foundations for Probability and Finance, 2019; the stopping rule is
Ville's inequality, 1939). Who got which version was drawn by lot. So if the versions were alike, whoever clicked (or
bought) would have got version a or b as if drawn from an urn with as many balls as people of each version. Against that
urn stands a bet that learns the odds from those who came before (Laplace's rule). What the bet wins depends on the
counts alone, and exceeds 1 / ``CHANCE`` at any time with at most the probability ``CHANCE``: exact, without a normal
approximation, for any number of looks. ``tests/flows/campaigns/test_verdict.py`` counts it.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

CHANCE = 0.05


@dataclass(frozen=True)
class Arm:
    """One version: how many people were drawn for it, and how many of them clicked or bought."""

    people: int
    successes: int


def winner(a: Arm, b: Arm) -> str:
    """ "a" or "b" where that one is clearly better, else ""."""
    if evidence(a, b) < 1 / CHANCE:
        return ""
    return "a" if a.successes * b.people > b.successes * a.people else "b"


def evidence(a: Arm, b: Arm) -> float:
    """What the bet against "they are alike" has made of 1. Chance alone makes 20 of it once in twenty tests or less."""
    both = a.successes + b.successes
    learnt = lgamma(a.successes + 1) + lgamma(b.successes + 1) - lgamma(both + 2)
    drawn = _falling(a.people, a.successes) + _falling(b.people, b.successes) - _falling(a.people + b.people, both)
    return exp(min(learnt - drawn, 700 * log(2)))


def _falling(n: int, k: int) -> float:
    """The logarithm of n (n - 1) ... (n - k + 1)."""
    return lgamma(n + 1) - lgamma(n - k + 1)
