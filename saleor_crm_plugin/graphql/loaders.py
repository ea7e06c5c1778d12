"""Batching: what many nodes of one answer ask for is read at once.

Loaders are kept where Saleor keeps its own (saleor/graphql/core/dataloaders.py): on the request's context, which
forgets them when the answer is made.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from promise import Promise
from promise.dataloader import DataLoader

from ..shop import reading
from ..shop.port import get_shop

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def load(context: Any, batch: Callable[[Sequence[K]], Sequence[V]], key: K, database: str = DEFAULT_DB_ALIAS) -> Any:
    """A promise of what ``batch`` answers for ``key``: it is called once for all keys that this request waits for.

    Points are asked for right after they were used, and a replica lags: ``batch`` may read from the writer, and does
    where no other ``database`` is named.
    """
    if not hasattr(context, "dataloaders"):
        context.dataloaders = {}
    name = f"saleor_crm.{batch.__module__}.{batch.__qualname__}"
    if name not in context.dataloaders:
        context.dataloaders[name] = _Loader(batch, database)
    return context.dataloaders[name].load(key)


class _Loader(DataLoader):
    def __init__(self, batch: Callable[[Sequence[Any]], Sequence[Any]], database: str) -> None:
        super().__init__()
        self._batch, self._database = batch, database

    def batch_load_fn(self, keys: Sequence[Any]) -> Any:
        with get_shop().writing(), reading.of(self._database):
            return Promise.resolve(list(self._batch(keys)))
