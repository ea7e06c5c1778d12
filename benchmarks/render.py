"""How many mails a second are rendered: inlined once per template, against inlined per message.

Run as ``python -m benchmarks.render``. Every way makes the same whole mail (subject, HTML, text) of the same content,
which is kind to premailer: its caches then know everything. Each way has a process of its own, because premailer's
functions share one cache and would push each other out of it. The ways take turns, round after round, and each round
gives one ratio, so that a slow moment of the machine falls on all of them; what is printed are medians, and the lowest
and highest round. Time is CPU time.
"""

import logging
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from multiprocessing import get_context

from django.conf import settings
from django.template import Context

from saleor_crm_plugin.emails.compile import compile_mail
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.inline import CSS_INLINE, PREMAILER, inline
from saleor_crm_plugin.emails.languages import best
from saleor_crm_plugin.emails.render import fill_values, render
from saleor_crm_plugin.emails.source import second_pass, translated

NAME, LANGUAGE = "abandoned_cart_1", "de"
OURS = "inlined once (ours)"
DEFAULTS = "premailer per message, its defaults"
TUNED = "premailer per message, tuned"
FAST = "css-inline per message"
ROUNDS = 7
SECONDS = 0.7  # per way and round
# premailer's own cache has 128 places, fewer than one mail needs.
TUNED_ENVIRONMENT = {"PREMAILER_CACHE_MAXSIZE": "4096"}


def _premailer_defaults(html: str) -> str:
    from premailer import Premailer

    logging.getLogger("CSSUTILS").setLevel(logging.CRITICAL)  # premailer's parser complains about every mso- property
    return str(Premailer(html).transform())


def _per_message(inliner: Callable[[str], str]) -> Callable[[], str]:
    """The usual way: fill in the template, then inline the filled document."""
    language = best(LANGUAGE)
    parts = ("subject.txt", "txt", "html")
    templates = {
        part: second_pass(part == "html").from_string(translated(f"{NAME}.{part}", language)) for part in parts
    }

    def way() -> str:
        values = {**fill_values(NAME, EXAMPLES[NAME], language.locale), "language": language}
        for part in parts:
            filled = str(templates[part].render(Context(values, autoescape=part == "html", use_l10n=False)))
            values.setdefault("subject", filled.strip())
        return inliner(filled)

    return way


@cache
def way(name: str) -> Callable[[], str]:
    if name == OURS:
        return lambda: render(NAME, LANGUAGE, EXAMPLES[NAME]).html
    if name == DEFAULTS:
        return _per_message(_premailer_defaults)
    return _per_message(lambda html: inline(html, PREMAILER if name == TUNED else CSS_INLINE))


def rate(name: str, seconds: float) -> float:
    """Mails per second of CPU time in this process. One mail goes before: it compiles, and fills caches."""
    if not settings.configured:
        settings.configure()
    make = way(name)
    make()
    count, start = 0, time.process_time()
    while (used := time.process_time() - start) < seconds:
        make()
        count += 1
    return count / used


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, list[float]]:
    """The rate of every way in every round."""
    names = [OURS, DEFAULTS, TUNED, *([FAST] if find_spec("css_inline") else [])]
    measured: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        pools = {}
        for name in names:
            pools[name] = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
            os.environ.update(TUNED_ENVIRONMENT if name == TUNED else {})
            pools[name].submit(rate, name, 0.1).result()
            for variable in TUNED_ENVIRONMENT:
                os.environ.pop(variable, None)
        for _ in range(rounds):
            for name in names:
                measured[name].append(pools[name].submit(rate, name, seconds).result())
    return measured


def main() -> None:
    if not settings.configured:
        settings.configure()
    start = time.process_time()
    compile_mail(NAME, best(LANGUAGE))
    compiling = time.process_time() - start
    measured = measure()
    size = len(render(NAME, LANGUAGE, EXAMPLES[NAME]).html.encode())
    print(f"Abandoned cart mail, {len(EXAMPLES[NAME]['lines'])} lines, {size / 1024:.0f} KB, {ROUNDS} rounds, one core")
    print(f"{'':38}{'mails/s':>10}{'low':>10}{'high':>10}{'ours is faster by':>20}")
    for name, rates in measured.items():
        ratio = statistics.median(ours / other for ours, other in zip(measured[OURS], rates, strict=True))
        faster = "" if name == OURS else f"{ratio:.1f} times"
        print(f"{name:38}{statistics.median(rates):10.1f}{min(rates):10.1f}{max(rates):10.1f}{faster:>20}")
    print(f"Compiling a mail for one language, once per process: {compiling * 1000:.0f} ms")


if __name__ == "__main__":
    main()
