"""How a file writes its dates: found by trying what fits all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

ISO = "ISO 8601"
# Ways of writing a day, each alone or with a time behind it. ISO comes first: it can't be misread.
_DAYS = (
    "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
    "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")
_SAMPLE, _FIRST_LOOK = 5000, 200


class AmbiguousDatesError(ValueError):
    """Two ways of reading the dates fit all of them. ``formats`` are the two."""

    def __init__(self, formats: Sequence[str]) -> None:
        self.formats = tuple(formats)
        super().__init__(" or ".join(formats))


def read_date(text: str, form: str) -> datetime:
    """A moment, in UTC where the text names no zone. Raises ValueError."""
    text = text.strip()
    moment = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007 - below
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def detect(texts: Sequence[str]) -> str:
    """The way in which these dates are written: the one that reads most of them (of some thousands, evenly chosen).

    Raises AmbiguousDatesError where day and month can't be told apart, unless only one reading puts the file in order;
    ValueError where nothing fits even half of them.
    """
    given = [text for text in texts if text.strip()]
    sample = given[:: max(1, len(given) // _SAMPLE)]
    forms = [ISO, *(day + time for day in _DAYS for time in _TIMES)]
    likely = [form for form in forms if any(_fits(text, form) for text in sample[:_FIRST_LOOK])]
    fitting = {form: sum(_fits(text, form) for text in sample) for form in likely}
    most = max(fitting.values(), default=0)
    if most * 2 < len(sample) or not most:
        raise ValueError("no way of writing dates fits them")
    best = [form for form in likely if fitting[form] == most]
    if len(best) > 1 and best[0] != ISO and not _all_the_same(sample, best):
        best = [form for form in best if _in_order(sample, form)] or best
        if len(best) > 1:
            raise AmbiguousDatesError(best[:2])
    return best[0]


def _fits(text: str, form: str) -> bool:
    try:
        year = read_date(text, form).year
    except ValueError:
        return False
    return 1970 <= year <= 2100


def _all_the_same(texts: Sequence[str], forms: Sequence[str]) -> bool:
    return all(len({read_date(text, form) for form in forms}) == 1 for text in texts if _fits(text, forms[0]))


def _in_order(texts: Sequence[str], form: str) -> bool:
    moments = [read_date(text, form) for text in texts if _fits(text, form)]
    rising = all(one <= next_one for one, next_one in pairwise(moments))
    return rising or all(one >= next_one for one, next_one in pairwise(moments))
