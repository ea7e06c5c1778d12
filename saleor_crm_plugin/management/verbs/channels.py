"""Channels as they are named to a command."""

from django.core.management.base import CommandError

from ...shop.port import Shop


def check_channel(shop: Shop, slug: str) -> None:
    """Raise CommandError for a slug that the shop does not have; what is asked of it would read as an answer."""
    if slug not in (known := shop.channels()):
        raise CommandError(f"There is no channel “{slug}”; there are {', '.join(known) or 'none'}.")
