"""A day on which something is expected again is read from what people and programs write into metadata."""

from datetime import date

import pytest

from saleor_crm_plugin.shop.restock import expected_on

DAY = date(2026, 12, 24)


@pytest.mark.parametrize(
    "written", ["2026-12-24", " 2026-12-24 ", "2026-12-24T08:00:00Z", "2026-12-24 08:00:00+01:00", "20261224"]
)
def test_a_day_is_read_as_it_is_written(written: str) -> None:
    assert expected_on("again", {"again": written}) == DAY


@pytest.mark.parametrize("written", ["", "soon", "24.12.2026", "2026-13-24", "2026-02-30", "T", 20261224, ["x"], None])
def test_what_is_no_day_is_not_known(written: object) -> None:
    assert expected_on("again", {"again": written}) is None


@pytest.mark.parametrize("metadata", [None, [], "again", {}, {"other": "2026-12-24"}])
def test_metadata_that_says_nothing_leaves_it_to_the_next(metadata: object) -> None:
    assert expected_on("again", metadata) is None
    assert expected_on("again", metadata, {"again": "2026-12-24"}) == DAY


def test_the_first_that_says_anything_is_believed() -> None:
    assert expected_on("again", {"again": "2026-12-24"}, {"again": "2027-01-07"}) == DAY
    assert expected_on("again", {"again": "not known yet"}, {"again": "2027-01-07"}) is None
    assert expected_on("again", {"again": ""}, {"again": "2026-12-24"}) == DAY
