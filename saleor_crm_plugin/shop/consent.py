"""What a customer's tick box said, read from the metadata in which storefronts leave it."""

from ..values import flag
from .port import ConsentMark

LONGEST_WORDING = 2_000  # characters of what somebody agreed to that are kept as evidence, wherever it was said


def mark(key: str, metadata: object) -> ConsentMark | None:
    """The mark under ``key``, with the wording under ``<key>-wording``.

    None where nobody was asked, or where the answer is neither yes nor no. Metadata is meant to be an object of
    strings; whatever else somebody wrote there says nothing. Whoever has a checkout can write there, so that of a
    wording only its beginning is taken.
    """
    if not isinstance(metadata, dict) or key not in metadata:
        return None
    try:
        granted = flag(metadata[key])
    except ValueError:
        return None
    return ConsentMark(granted=granted, wording=str(metadata.get(f"{key}-wording") or "")[:LONGEST_WORDING])
