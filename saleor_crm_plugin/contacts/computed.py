"""What was computed of contacts, when they go."""

from collections.abc import Collection
from typing import Any

from .models import ComputedOfContact


def forget(contact_ids: Collection[int]) -> None:
    """Take away what was computed of contacts that are about to be deleted; sums stay, without a name.

    In the order in which a nightly run writes it, so that the two never wait for each other crosswise: whoever comes
    second to somebody's row waits for the other, and the other goes on. A constant number of queries.
    """
    models: list[type[Any]] = ComputedOfContact.__subclasses__()
    for model in models:
        rows = model._default_manager.filter(contact__in=contact_ids)
        if model._meta.get_field("contact").null:
            rows.update(contact=None)
        else:
            rows.delete()
