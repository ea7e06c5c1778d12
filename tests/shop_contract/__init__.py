"""What every shop behind ``shop.port.Shop`` must do, told as tests.

A shop takes part by a ``ShopDriver`` (``tests/shop_driver.py``): the hands of customers and staff in
that shop. Its test module imports everything from here and defines the fixture ``driver``, which
gives an empty shop on a clean database (so it depends on pytest-django's ``db``)::

    from tests.shop_contract import *  # noqa: F403

    @pytest.fixture
    def driver(db) -> ShopDriver: ...
"""

from tests.shop_contract.assortment import *  # noqa: F403
from tests.shop_contract.carts import *  # noqa: F403
from tests.shop_contract.changes import *  # noqa: F403
from tests.shop_contract.facts import *  # noqa: F403
from tests.shop_contract.orders import *  # noqa: F403
from tests.shop_contract.people import *  # noqa: F403
from tests.shop_contract.prices import *  # noqa: F403
from tests.shop_contract.reads import *  # noqa: F403
from tests.shop_contract.stock import *  # noqa: F403
from tests.shop_contract.vouchers import *  # noqa: F403
