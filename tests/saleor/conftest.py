"""What tests in real Saleor share. ``run.py`` starts them, in a checkout's environment with Saleor's settings."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest

if "CRM_TEST_LOGS" not in os.environ:
    pytest.exit("These tests run inside a Saleor checkout: python tests/saleor/run.py", returncode=4)

import django

pytest.register_assert_rewrite("tests.shop_contract")
django.setup()

from django.db.models import F  # noqa: E402
from saleor.checkout.models import Checkout  # noqa: E402

from tests.buying import Past, a_past  # noqa: E402
from tests.saleor.askers import Askers  # noqa: E402
from tests.saleor.clean import Settings, empty_shop  # noqa: E402
from tests.saleor.driver import SaleorDriver  # noqa: E402
from tests.saleor.graphql import TOKEN, GraphQL  # noqa: E402
from tests.saleor.kept import Kept  # noqa: E402
from tests.saleor.services import Sink, celery_worker, http_server  # noqa: E402
from tests.saleor.shelves import Shelves, more  # noqa: E402
from tests.saleor.worker import Worker  # noqa: E402

URL = f"{os.environ['PUBLIC_URL']}/graphql/"


@pytest.fixture(scope="session")
def saleor() -> Iterator[Settings]:
    """Saleor answering HTTP. Gives the plugin's settings as ``migrate`` left them."""
    settings = Settings()
    with http_server(urlsplit(URL).port):
        yield settings


@pytest.fixture(scope="session")
def _staff(saleor: Settings) -> GraphQL:
    return GraphQL(URL, GraphQL(URL)(TOKEN, email="admin@example.com", password="admin")["token"])


@pytest.fixture(scope="session")
def _driver(_staff: GraphQL) -> SaleorDriver:
    return SaleorDriver(GraphQL(URL), _staff)


@pytest.fixture(scope="session")
def _worker() -> Iterator[Worker]:
    with celery_worker():
        yield Worker()


@pytest.fixture(scope="session")
def _sink() -> Iterator[Sink]:
    with ExitStack() as stack:
        yield stack.enter_context(Sink().listening())


@pytest.fixture(scope="session")
def _made() -> dict[str, Kept[Past]]:
    """What is made once."""
    return {}


@pytest.fixture
def clean(saleor: Settings) -> None:
    """An empty shop with the plugin as ``migrate`` left it."""
    saleor.take_away()
    empty_shop()
    saleor.put_back()


@pytest.fixture
def api(clean: None) -> GraphQL:
    """A storefront: nobody is logged in."""
    return GraphQL(URL)


@pytest.fixture
def askers(api: GraphQL) -> Iterator[Askers]:
    """Customers, staff and apps who ask; staff and apps are gone afterwards."""
    with Askers(api.url).gone_afterwards() as made:
        yield made


@pytest.fixture
def staff(clean: None, _staff: GraphQL) -> GraphQL:
    """The shop's owner."""
    return _staff


@pytest.fixture
def driver(clean: None, _driver: SaleorDriver) -> SaleorDriver:
    """The hands of customers and staff."""
    return _driver


@pytest.fixture
def worker(clean: None, _worker: Worker) -> Worker:
    """Saleor's Celery worker."""
    return _worker


@pytest.fixture
def sink(_sink: Sink) -> Sink:
    """The mail server of EMAIL_URL, empty."""
    _sink.clear()
    return _sink


@pytest.fixture
def shelves(driver: SaleorDriver) -> Iterator[Shelves]:
    """More zones and warehouses than Saleor's demo range has."""
    with more() as made:
        yield made


@pytest.fixture
def sold(driver: SaleorDriver, _made: dict[str, Kept[Past]]) -> Past:
    """A shop that sold something, and learnt from it."""
    if "past" in _made:
        return _made["past"].put_back()
    _made["past"] = Kept(lambda: a_past(driver, datetime.now(UTC)))
    return _made["past"].value


@pytest.fixture
def leave() -> Callable[[str, timedelta], None]:
    """Turn a cart's clock back: nobody has touched it for so long."""

    def left(cart_id: str, ago: timedelta) -> None:
        Checkout.objects.filter(pk=UUID(cart_id)).update(
            last_change=F("last_change") - ago, created_at=F("created_at") - ago
        )

    return left
