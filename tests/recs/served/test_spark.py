"""Training on Spark, on this machine: the same lists by other means."""

import gc
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from threading import Thread
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Interaction, View
from saleor_crm_plugin.recs.guards import has_profile
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.interactions import Kind as Did
from saleor_crm_plugin.recs.served import engine
from saleor_crm_plugin.recs.served.engine import EngineNotReady
from saleor_crm_plugin.recs.served.history import COLUMNS, read_history
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun
from saleor_crm_plugin.recs.served.parquet import export
from saleor_crm_plugin.recs.served.reasons import BY_CODE, Reason
from saleor_crm_plugin.recs.signals import latest, total

from .shop import DAY, NOW, Shop, buy, make_goods, make_past, person, train

SECONDS = int(NOW.timestamp())
DRIVER = Path(os.environ.get("CRM_SPARK_JDBC_JAR", "/usr/share/java/postgresql.jar"))
# On so few rows, what makes Spark fast on many takes most of the time.
SPARK = {
    "spark.master": "local[2]",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
}
Lists = Mapping[str, Mapping[int, list[int]]]

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="the extra spark is not installed: no pyspark"),
    pytest.mark.skipif(find_spec("pyarrow") is None, reason="the extra spark is not installed: no pyarrow"),
    pytest.mark.skipif(which("java") is None, reason="there is no Java on this machine"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own
]


@dataclass(frozen=True)
class Both:
    """A shop, and what each engine made of it. ``never_sold`` is in no channel any more, and was bought long ago."""

    shop: Shop
    folder: Path
    local: Lists
    spark: Lists
    never_sold: int
    giver: int


def quick() -> engine.Engine:
    """The engine with a single candidate, so that a test takes seconds."""
    from saleor_crm_plugin.recs.served.spark import SparkEngine
    from saleor_crm_plugin.recs.served.spark.factors import Recipe

    return SparkEngine([Recipe(8, 20.0, 0.1, 90.0)])


@contextmanager
def on_spark(folder: Path) -> Iterator[None]:
    """Training is done by Spark, from files."""
    with override_settings(CRM_RECS_ENGINE=f"{__name__}.quick", CRM_SPARK_PARQUET=folder, CRM_SPARK=SPARK):
        engine.get_engine.cache_clear()
        try:
            yield
        finally:
            engine.get_engine.cache_clear()


def lists() -> Lists:
    """The lists that are shown, by kind and by whose they are."""
    found: dict[str, dict[int, list[int]]] = {}
    for model, owner in ((ProductList, "product_id"), (ContactList, "contact_id")):
        for kind, number, items in model.objects.filter(run__current=True).values_list("kind", owner, "items"):
            found.setdefault(kind, {})[number] = items
    return found


def a_shop() -> tuple[Shop, int, int]:
    """A shop with all that training has rules for, a product that is not sold any more, and a customer who gives gifts.

    What stands near to each other among the products of a kind is bought together.
    """
    shop = make_goods()
    make_past(shop)
    make_room([NOW - 5 * DAY])
    make_room([NOW - 5 * DAY], "crm_view")
    gone = shop.products["cups"][-1]
    for contact in shop.contacts["cups"][:20]:
        buy(contact, [gone, shop.products["cups"][0]], 200)
    shop.unlist(gone)
    shop.unlist(gone, "poland")
    dice = np.random.default_rng(7)
    for products in shop.products.values():
        for days in dice.uniform(1, 300, 60).tolist():
            near = (dice.integers(29) + dice.choice(8, 5, replace=False)) % 29
            buy(person(), [products[place] for place in near.tolist()], days)
    giver = person("giver")
    for days in (10, 20, 40):
        buy(giver, shop.products["cups"][:2], days, gift=True)
    buy(None, shop.products["tea"][:2], 3)
    order = buy(giver, [shop.products["tyres"][0]], 6)
    for name, contact, days in (("seen", giver, 5), ("nobody", None, 5), ("long ago", giver, 5)):
        View.objects.create(
            visitor_id="visitor-1", event_id=name, at=NOW - days * DAY, kind="product_view", contact_id=contact,
            product_id=shop.products["tea"][3],
        )  # fmt: skip
    Interaction.objects.create(
        source="return-1", at=NOW - 5 * DAY, kind="return", contact_id=giver, order_id=order,
        product_id=shop.products["tyres"][0], quantity=1,
    )  # fmt: skip
    return shop, int(gone), giver


@pytest.fixture(scope="module")
def session(django_db_setup: None) -> Iterator[Any]:
    """Spark, which starts once for all tests here: an engine takes a session that is there."""
    from saleor_crm_plugin.recs.served.spark.session import spark_session

    jar = DRIVER if DRIVER.exists() else None
    with override_settings(CRM_SPARK=SPARK, CRM_SPARK_JDBC_JAR=jar), spark_session() as running:
        yield running
    del running
    gc.collect()


@pytest.fixture(scope="module")
def _both(session: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with django_db_blocker.unblock():
        shop, gone, giver = a_shop()
        train(shop)
        local = lists()
        folder = tmp_path_factory.mktemp("spark") / "events"
        export(folder, NOW)
        with on_spark(folder):
            train(shop)
        yield Both(shop, folder, local, lists(), gone, giver)
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def both(_both: Both, db: None) -> Both:
    """A shop that both engines were trained on; Spark's lists are shown. What a test changes is taken back."""
    return _both


def bought(contact: int) -> set[int]:
    """The products that somebody bought."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id::int FROM crm_purchase_line JOIN crm_purchase ON order_id = purchase_id"
            " WHERE contact_id = %s",
            [contact],
        )
        return {product for (product,) in cursor.fetchall()}


def test_every_list_is_there(both: Both) -> None:
    run = TrainingRun.objects.get(current=True)

    assert set(both.spark) == {"related", "together", "basket", "personal", "again"}
    assert set(both.spark["related"]) == {
        int(product) for products in both.shop.products.values() for product in products
    }
    assert (run.engine, run.customers, run.products, run.lines) == ("spark", 331, 90, 2761)


def test_nothing_that_was_bought_is_recommended_as_new(both: Both) -> None:
    contacts = [contact for some in both.shop.contacts.values() for contact in some]

    assert set(both.spark["personal"]) == set(contacts)
    assert all(bought(contact) for contact in contacts)
    assert [contact for contact in contacts if bought(contact) & set(both.spark["personal"][contact])] == []


def test_customers_get_the_kind_that_they_buy(both: Both) -> None:
    of_their_kind = [
        both.shop.kind_of(str(product)) == kind
        for kind, contacts in both.shop.contacts.items()
        for contact in contacts
        for product in both.spark["personal"][contact][:5]
    ]

    assert np.mean(of_their_kind) > 0.95


def test_gifts_make_no_list_of_ones_own(both: Both) -> None:
    assert both.giver not in both.spark["personal"]
    assert both.giver not in both.spark["again"]


def test_both_engines_find_the_same_together_and_the_same_due(both: Both) -> None:
    assert both.spark["together"] == both.local["together"]
    due = [{contact: set(items) for contact, items in lists["again"].items()} for lists in (both.spark, both.local)]
    assert due[0] == due[1]


def test_both_engines_find_much_the_same_related(both: Both) -> None:
    def shared(n: int) -> float:
        pairs = [(items[:n], both.local["related"][product][:n]) for product, items in both.spark["related"].items()]
        return float(np.mean([len(set(mine) & set(theirs)) / n for mine, theirs in pairs]))

    assert shared(5) > 0.8
    assert shared(10) > 0.8  # two lists by chance share a ninth


def test_what_no_channel_sells_is_in_no_list(both: Both) -> None:
    shown = {product for of_kind in both.spark.values() for items in of_kind.values() for product in items}

    assert both.never_sold not in shown
    assert len(shown) == 89


def test_every_entry_has_its_reason(both: Both) -> None:
    def reasons(model: Any, kind: str) -> set[Reason]:
        rows = model.objects.filter(kind=kind, run__current=True).values_list("reasons", flat=True)
        return {BY_CODE[code] for codes in rows for code in codes}

    assert reasons(ContactList, "personal") == {Reason.PERSONAL}
    assert reasons(ContactList, "again") == {Reason.BOUGHT_BEFORE}
    assert reasons(ProductList, "together") == {Reason.BOUGHT_TOGETHER}
    assert reasons(ProductList, "basket") in ({Reason.BOUGHT_TOGETHER}, {Reason.RELATED})
    assert reasons(ProductList, "related") == {Reason.RELATED, Reason.SIMILAR}


def test_scores_are_above_zero_and_fall(both: Both) -> None:
    for model in (ProductList, ContactList):
        for scores in model.objects.filter(run__current=True).values_list("scores", flat=True):
            assert min(scores) > 0
            assert scores == sorted(scores, reverse=True)


def test_the_figures_tell_of_the_choice(both: Both) -> None:
    figures = TrainingRun.objects.get(current=True).figures

    assert set(figures) == {"discovery", "rebuy", "basket", "related"}
    assert figures["discovery"]["model"] == "ALS, 8 factors, alpha 20, regularisation 0.1, half-life 90 days"
    assert figures["discovery"]["reason"].startswith("best of 3 candidates on the last 1 window before the cut")
    for task in ("discovery", "basket", "related"):
        assert figures[task]["ndcg20"] > figures[task]["popularity_ndcg20"] > 0


def test_what_sells_wins_where_nothing_is_better(both: Both, session: Any) -> None:
    from saleor_crm_plugin.recs.served.spark.compare import choose
    from saleor_crm_plugin.recs.served.spark.factors import Recipe
    from saleor_crm_plugin.recs.served.spark.session import what_happened
    from saleor_crm_plugin.recs.served.spark.signs import of_range

    catalogue = [int(product) for products in both.shop.products.values() for product in products]
    with override_settings(CRM_SPARK_PARQUET=both.folder):
        rows = of_range(session, what_happened(session, NOW), sorted(catalogue)).persist()
    # when there is a model only that is held down until it says nothing
    choices = choose(rows, SECONDS, len(catalogue), [Recipe(2, 1.0, 1e9, 90.0)], 1_000_000)
    rows.unpersist()
    # then
    assert choices.discovery.picked is None
    assert choices.discovery.figures["model"].startswith("popularity")
    assert choices.discovery.figures["ndcg20"] == choices.discovery.figures["popularity_ndcg20"] > 0


def test_a_shop_with_few_orders_gets_what_is_alike_and_is_told_so(both: Both) -> None:
    with on_spark(both.folder):
        train(both.shop, NOW - 280 * DAY)

    run = TrainingRun.objects.get(current=True)
    assert 0 < run.lines < 400
    assert all("too few to compare" in run.figures[task]["reason"] for task in ("discovery", "basket", "related"))
    assert set(lists()) <= {"related", "again"}


def test_a_training_that_fails_leaves_the_old_lists(both: Both, tmp_path: Path) -> None:
    with on_spark(tmp_path / "not there"), pytest.raises(Exception, match="PATH_NOT_FOUND"):
        train(both.shop)

    assert lists() == both.spark


Row = tuple[int | float, ...]


def rows_of(frame: Any) -> list[Row]:
    """The rows of a DataFrame of what happened, in an order of their own."""
    return sorted(tuple(row) for row in frame.select(*COLUMNS).collect())


@contextmanager
def the_database() -> Iterator[str]:
    """Where the driver finds the database: at a port that leads to the socket, as Java knows no others."""
    from saleor_crm_plugin.recs.served.spark.session import jdbc_url

    there = connection.settings_dict
    if not str(there["HOST"]).startswith("/"):
        yield jdbc_url(there)
        return
    path = f"{there['HOST']}/.s.PGSQL.{there['PORT'] or 5432}"

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def lead(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as database:
            database.connect(path)
            back = Thread(target=pump, args=(database, client))
            back.start()
            pump(client, database)
            back.join()

    def serve() -> None:
        with suppress(OSError):
            while True:
                Thread(target=lead, args=server.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        waiting = Thread(target=serve)
        waiting.start()
        yield jdbc_url({**there, "HOST": "127.0.0.1", "PORT": server.getsockname()[1]})
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()


@pytest.mark.skipif(not DRIVER.exists(), reason="there is no PostgreSQL driver for Java (libpostgresql-jdbc-java)")
def test_the_database_and_the_files_tell_the_same(both: Both, session: Any) -> None:
    # given
    from saleor_crm_plugin.recs.served.spark.session import what_happened

    with override_settings(CRM_SPARK_PARQUET=both.folder):
        from_files = rows_of(what_happened(session, NOW))
    # when
    with the_database() as url, override_settings(CRM_SPARK_JDBC_URL=url):
        from_database = rows_of(what_happened(session, NOW))
    # then
    assert from_database == from_files
    assert {row[3] for row in from_files} == {Did.VIEW, Did.PURCHASE, Did.RETURN}
    assert len(from_files) == len(read_history(NOW, range(1, 10_000)))


def test_what_lies_after_the_moment_or_long_before_is_not_read(both: Both, session: Any) -> None:
    from saleor_crm_plugin.recs.served.spark.session import what_happened

    with override_settings(CRM_SPARK_PARQUET=both.folder):
        kinds, late = (
            {row[3] for row in rows_of(what_happened(session, now))} for now in (NOW - 6 * DAY, NOW + 60 * DAY)
        )

    assert kinds == {Did.PURCHASE}
    assert late == {Did.PURCHASE, Did.RETURN}


def random_rows(seed: int) -> Interactions:
    """Purchases, gifts, carts, looks and returns of twenty people."""
    dice, many = np.random.default_rng(seed), 400
    kinds = dice.choice([Did.VIEW, Did.CART, Did.PURCHASE, Did.RETURN], many, p=[0.3, 0.2, 0.4, 0.1])
    weights = np.where(kinds == Did.PURCHASE, dice.choice([0.0, 1.0], many, p=[0.3, 0.7]), 1.0)
    orders = np.where(kinds == Did.PURCHASE, dice.integers(0, 30, many), -1)
    who = np.where(orders >= 0, orders % 20, dice.integers(0, 25, many)) + 1
    return interactions(
        who, dice.integers(0, 15, many), SECONDS - dice.integers(1, 10**7, many), kinds, weights, orders, np.arange(15)
    )


def test_signs_are_measured_as_on_one_machine(session: Any) -> None:
    # given
    from saleor_crm_plugin.recs.served.spark import signs

    told = random_rows(1)
    columns = (told.user_ids[told.users], told.items, told.times, told.kinds, told.weights, told.orders)
    rows = session.createDataFrame(
        list(zip(*(column.tolist() for column in columns), strict=True)),
        "who long, item int, at long, kind short, weight float, in_order long",
    )
    # when
    measured = {
        "latest": signs.latest(rows, SECONDS, 30.0).collect(),
        "total": signs.total(rows, SECONDS, 30.0).collect(),
    }
    known = {row[0] for row in signs.with_profile(rows).collect()}
    numbers = dict(map(tuple, signs.numbered(rows.select("who").distinct()).collect()))
    # then
    tables = {"latest": latest(told.gifts_counted(), SECONDS, 30.0), "total": total(told, SECONDS, 30.0)}
    for name, table in tables.items():
        expected = {
            (int(told.user_ids[user]), int(item)): table[user, item]
            for user, item in zip(*table.nonzero(), strict=True)
        }
        assert {(who, item): says for who, item, says in measured[name]} == pytest.approx(expected, rel=1e-4)
    assert known == set(told.user_ids[has_profile(told)].tolist())
    assert 0 < len(known) < told.user_count
    assert sorted(numbers.values()) == list(range(told.user_count))


def test_a_database_behind_a_socket_has_to_be_named() -> None:
    from saleor_crm_plugin.recs.served.spark.session import jdbc_url

    assert jdbc_url({"HOST": "db.example", "PORT": "", "NAME": "saleor"}) == "jdbc:postgresql://db.example:5432/saleor"
    with pytest.raises(EngineNotReady, match="CRM_SPARK_JDBC_URL"):
        jdbc_url({"HOST": "/run/postgresql", "PORT": "", "NAME": "saleor"})
