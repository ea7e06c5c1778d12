"""Training on Apache Spark (the extra ``spark``), for shops that are too big for one machine."""

from importlib.util import find_spec

from ..engine import EngineNotReady

if find_spec("pyspark") is None:
    raise EngineNotReady("Training on Spark needs the extra: pip install 'saleor-crm-plugin[spark]'.")

from .engine import SparkEngine

__all__ = ["SparkEngine"]
