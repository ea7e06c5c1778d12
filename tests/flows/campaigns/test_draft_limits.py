"""What is too long, too much or no text is a problem with a name and no error of the database."""

from dataclasses import replace
from time import process_time
from typing import Any

import pytest

from saleor_crm_plugin.flows.campaigns.draft import CampaignError
from saleor_crm_plugin.flows.campaigns.models import Campaign
from tests.flows.campaigns.newsletters import ENGLISH, newsletter
from tests.road import Road


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"language": "x" * 40}, "language"),
        ({"language": "e\0n"}, "language"),
        ({"language": "not a language"}, "language"),
        ({"language": " " * 40 + "en"}, "language"),
        ({"texts": [replace(ENGLISH, language=" " * 40 + "en")]}, "texts.0.language"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\ud800b"}, "name"),
        ({"texts": [replace(ENGLISH, language="e\0n")]}, "texts.0.language"),
        ({"texts": [replace(ENGLISH, language="d" * 36)]}, "texts.0.language"),
    ],
)
def test_what_can_not_be_kept_is_named(road: Road, told: dict[str, Any], field: str) -> None:
    with pytest.raises(CampaignError) as refused:
        newsletter(road, **told)

    assert field in refused.value.problems
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("language", ["en", "pt-br", "zh-Hans", "sr_Latn"])
def test_codes_of_languages_are_kept(road: Road, language: str) -> None:
    assert newsletter(road, language=language).language == language


def test_too_many_texts_are_refused_before_any_is_tried(road: Road) -> None:
    texts = [replace(ENGLISH, language=f"{chr(97 + number // 26)}{chr(97 + number % 26)}") for number in range(101)]
    started = process_time()

    with pytest.raises(CampaignError) as refused:
        newsletter(road, texts=texts)

    assert refused.value.problems == {"texts": "There are at most 100."}
    assert process_time() - started < 0.5  # each takes 20 ms and more
