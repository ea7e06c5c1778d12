"""How long something takes and how much memory it takes more than there was before."""

import ctypes
import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

_T = TypeVar("_T")
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MEGABYTE = 1e6
_EVERY = 0.005


@dataclass(frozen=True)
class Measured(Generic[_T]):
    """A result, the seconds (wall clock), and the peak of memory over what was held before, in megabytes.

    The peak is 0 where the system does not tell (it is read from /proc, every five milliseconds).
    """

    result: _T
    seconds: float
    peak_mb: float


def measured(work: Callable[[], _T]) -> Measured[_T]:
    """Do it and measure it."""
    gc.collect()
    _give_back()
    before = peak = _held()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(_EVERY):
            peak = max(peak, _held())

    watcher = threading.Thread(target=watch, daemon=True)
    start = time.perf_counter()
    watcher.start()
    try:
        result = work()
    finally:
        seconds = time.perf_counter() - start
        peak = max(peak, _held())
        done.set()
        watcher.join()
    return Measured(result, seconds, (peak - before) * _PAGE / _MEGABYTE)


def _give_back() -> None:
    """Let the C library give freed memory back, or the next piece of work would seem to need none."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _held() -> int:
    """Pages of memory that this process holds."""
    return int(_STATM.read_text().split()[1]) if sys.platform == "linux" else 0
