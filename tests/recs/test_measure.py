"""Seconds and megabytes of a piece of work."""

import sys
import time

import numpy as np
import pytest

from saleor_crm_plugin.recs.measure import measured


def test_time_and_result_are_told() -> None:
    found = measured(lambda: time.sleep(0.05) or "done")

    assert found.result == "done"
    assert found.seconds >= 0.05


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_memory_that_is_given_back_counts_too() -> None:
    def work() -> int:
        held = np.ones(20_000_000, dtype=np.float32)
        time.sleep(0.05)
        return len(held)

    assert 70 < measured(work).peak_mb < 110


def test_an_error_goes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        measured(lambda: 1 // 0)
