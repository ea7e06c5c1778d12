"""The way to Spark and what it reads, as Django's settings say.

``CRM_SPARK`` is a mapping of Spark's own properties, such as ``{"spark.master": "spark://host:7077"}``; without a
master it is this machine. What people did is read from the folder ``CRM_SPARK_PARQUET`` (``parquet.py``), or where
there is none from PostgreSQL, at ``CRM_SPARK_JDBC_URL`` or where Django has it, by the driver in
``CRM_SPARK_JDBC_JAR``.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from shutil import which

from django.conf import settings
from django.db import connection
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ...interactions import Kind
from ..engine import EngineNotReady
from ..history import BOUGHT_SINCE, COLUMNS, LOOKED_SINCE
from ..pieces import pieces

_DEFAULTS = {"spark.master": "local[*]", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
_ROWS_AT_ONCE = "10000"
# What Django's OPTIONS and the driver call alike.
_OPTIONS = ("sslmode", "sslcert", "sslkey", "sslrootcert")


class Kept:
    """Keeps DataFrames that are read more than once, until the block ends."""

    def __init__(self) -> None:
        self._frames: list[DataFrame] = []

    def __call__(self, frame: DataFrame) -> DataFrame:
        """The same DataFrame, computed once."""
        self._frames.append(frame.persist())
        return self._frames[-1]

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *what: object) -> None:
        while self._frames:
            self._frames.pop().unpersist()


@contextmanager
def spark_session() -> Iterator[SparkSession]:
    """A session. It ends with the block, unless it was there before. Raises EngineNotReady."""
    before = SparkSession.getActiveSession()
    if before is not None:
        yield before
        return
    if not (which("java") or os.environ.get("JAVA_HOME")):
        raise EngineNotReady("Spark needs Java 17 on this machine, also where a cluster does the work.")
    builder = SparkSession.builder.appName("saleor-crm recommendations")
    for name, value in {**_DEFAULTS, **_jar(), **_setting("CRM_SPARK", {})}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def what_happened(session: SparkSession, now: datetime) -> DataFrame:
    """The rows of ``history.COLUMNS`` before ``now``, of all products. Raises EngineNotReady."""
    folder = getattr(settings, "CRM_SPARK_PARQUET", None)
    rows = session.read.parquet(str(folder)) if folder else _by_jdbc(session, now)
    looked = F.col("kind").isin(int(Kind.VIEW), int(Kind.CART), int(Kind.INTEREST))
    since = F.when(looked, int((now - LOOKED_SINCE).timestamp())).otherwise(int((now - BOUGHT_SINCE).timestamp()))
    return rows.select(*COLUMNS).where((F.col("at") >= since) & (F.col("at") < int(now.timestamp())))


def table(session: SparkSession, rows: Sequence[Sequence[int]], columns: str) -> DataFrame:
    """A small DataFrame of numbers, such as of ``who long, item int``.

    Read by Spark itself: ``createDataFrame`` would want our Python on all machines of the cluster.
    """
    names = [column.split()[0] for column in columns.split(", ")]
    told = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
    return session.range(1).select(F.inline(F.from_json(F.lit(told), f"array<struct<{columns}>>")))


def jdbc_url(database: Mapping[str, object]) -> str:
    """The address of an entry of Django's DATABASES for the driver. Raises EngineNotReady."""
    host = str(database.get("HOST") or "localhost")
    if host.startswith("/"):
        raise EngineNotReady(
            f"Django reaches PostgreSQL by the socket in {host}, which Spark can't. Say where it is in the setting"
            " CRM_SPARK_JDBC_URL, such as jdbc:postgresql://db.example.com:5432/saleor."
        )
    return f"jdbc:postgresql://{host}:{database.get('PORT') or 5432}/{database['NAME']}"


def _by_jdbc(session: SparkSession, now: datetime) -> DataFrame:
    database = connection.settings_dict
    options = database.get("OPTIONS") or {}
    properties = {
        "driver": "org.postgresql.Driver",
        "user": str(database["USER"]),
        "password": str(database["PASSWORD"]),
        "fetchsize": _ROWS_AT_ONCE,
        **{name: str(options[name]) for name in _OPTIONS if name in options},
    }
    url = getattr(settings, "CRM_SPARK_JDBC_URL", None) or jdbc_url(database)
    read = [session.read.jdbc(url, f"({piece.text()}) piece", properties=properties) for piece in pieces(now)]
    return reduce(DataFrame.unionAll, read)


def _jar() -> dict[str, str]:
    jar = getattr(settings, "CRM_SPARK_JDBC_JAR", None)
    return {"spark.jars": str(jar)} if jar else {}


def _setting(name: str, default: Mapping[str, str]) -> dict[str, str]:
    return {key: str(value) for key, value in getattr(settings, name, default).items()}
