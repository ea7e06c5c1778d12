"""When a shop expects something again, read from the metadata in which its staff or its stock system writes it."""

from datetime import date


def expected_on(key: str, *metadata: object) -> date | None:
    """The day under ``key`` in the first metadata that says anything there: the variant's goes before the product's.

    None where it is not a day as ISO 8601 writes it (2026-12-24, also with a time after it), or where nothing is said.
    Metadata is meant to be an object of strings; whatever else somebody wrote there says nothing.
    """
    said = (one[key] for one in metadata if isinstance(one, dict) and one.get(key) not in (None, ""))
    text = next(said, None)
    if not isinstance(text, str):
        return None
    day, *_time = text.strip().replace("T", " ").split(" ")
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None
