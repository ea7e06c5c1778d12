"""A shop that was trained once for all tests of a module, which only look at it."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from .shop import Shop, make_goods, make_past, train


@pytest.fixture(scope="module")
def _trained(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Shop]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        shop = make_goods()
        make_past(shop)
        train(shop)
        yield shop
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def trained(_trained: Shop, db: None) -> Shop:
    """The shop after a training. What a test changes is taken back."""
    return _trained
