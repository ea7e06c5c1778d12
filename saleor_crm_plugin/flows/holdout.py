"""Who gets no mail, so that the others can be compared."""

from hashlib import sha256
from uuid import UUID


def held_out(contact_key: UUID, flow: str, percent: int) -> bool:
    """Whether a contact belongs to the holdout of a flow.

    Decided by a hash of the contact and the flow: the same for ever, evenly spread, and different people in
    different flows. Raising the percentage only adds people.
    """
    digest = sha256(f"{flow}:{contact_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10_000 < percent * 100
