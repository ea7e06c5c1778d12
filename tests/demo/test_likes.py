"""The chapter of the demo's page on what customers may like."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.analyse.figures import read_figures
from saleor_crm_plugin.analyse.report import customer_context
from saleor_crm_plugin.demo.likes import Duel, likes_context
from saleor_crm_plugin.demo.mailbox import Mailbox
from saleor_crm_plugin.demo.page import write_page
from saleor_crm_plugin.demo.people import WORDS
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.served import training
from saleor_crm_plugin.recs.served.local import LocalEngine
from saleor_crm_plugin.recs.served.models import TrainingRun
from saleor_crm_plugin.recs.served.suggest import Reason
from saleor_crm_plugin.shop.sandbox.generate import Generated, generate
from saleor_crm_plugin.shop.sandbox.progress import quiet
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks.history import backfill

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP = SandboxShop()


def learn(customers: int) -> Generated:
    """A shop, as the CRM has learnt to know it."""
    made = generate(NOW, products=80, customers=customers, progress=quiet)
    backfill(SHOP, lambda: NOW)
    training.train(SHOP, config.parse(SHOP.configuration()), NOW, engine=LocalEngine(Limits(seconds=2)))
    return made


@pytest.fixture
def page(db: None, tmp_path: Path) -> str:
    """The demo's page of a shop of 600 customers, without carts."""
    made = learn(customers=600)
    figures = customer_context(read_figures(config.parse(SHOP.configuration()), NOW))
    likes = likes_context(SHOP, tmp_path, NOW)
    file = write_page(tmp_path, made, {}, Mailbox(tmp_path / "mails", NOW), figures | likes, NOW, "saleor-crm")
    return file.read_text(encoding="utf-8")


def test_ten_customers_are_shown_with_pictures_that_are_there(page: str, tmp_path: Path) -> None:
    # then
    people = page.split('<section class="person">')[1:]
    assert len(people) == 10
    assert all(person.count("<figure>") == 6 for person in people)
    shown = re.findall(r'src="(media/[^"]+)"', page)
    assert len(shown) > 70
    assert all((tmp_path / picture).stat().st_size for picture in shown)


def test_each_product_is_shown_once_with_its_price_and_a_reason_and_not_what_was_bought(page: str) -> None:
    # then
    for person in page.split('<section class="person">')[1:]:
        bought = set(re.findall(r'media/([^"]+).png" width="52"', person))
        liked = re.findall(r'<figure><img src="media/([^"]+).png".*<span>([^<]+)</span><small>([^<]+)</small>', person)
        assert len(liked) == len({slug for slug, _, _ in liked}) == 6
        assert all(re.fullmatch(r"(from )?(€|PLN\xa0)[\d,]+\.\d\d", price) for _, price, _ in liked)
        assert all(why in WORDS.values() or re.match("(Like|Goes with) the ", why) for _, _, why in liked)
        assert not {slug for slug, _, why in liked if why != WORDS[Reason.BOUGHT_BEFORE]} & bought


def test_who_bought_once_is_shown_what_sells_and_that_it_is_that(page: str) -> None:
    # then
    last = page.split('<section class="person">')[-1]
    assert "1 order" in last
    reasons = re.findall(r"</span><small>([^<]+)</small>", last)
    assert set(reasons) == {WORDS[Reason.POPULAR]}


def test_the_page_says_how_good_that_is_as_the_training_found_it(page: str) -> None:
    # then
    figures = TrainingRun.objects.get(current=True).figures
    compared = [one for one in figures.values() if one["windows"]]
    assert compared
    assert page.count('<div class="duel">') == len(compared)
    for one in compared:
        assert f"<span>{one['ndcg20']:.3f}</span>" in page
        assert f"<span>{one['popularity_ndcg20']:.3f}</span>" in page


def test_a_shop_with_few_orders_is_told_why_what_sells_is_shown(db: None, tmp_path: Path) -> None:
    # given
    learn(customers=20)

    # when
    likes = likes_context(SHOP, tmp_path, NOW)

    # then
    assert likes["duels"] == []
    assert "orders are too few to compare models" in likes["unproven"]
    assert len(likes["people"]) == 10
    assert {product.why for person in likes["people"] for product in person.liked} & {WORDS[Reason.POPULAR]}


def test_before_anything_was_learnt_nobody_is_shown(db: None, tmp_path: Path) -> None:
    # when / then
    assert likes_context(SHOP, tmp_path, NOW)["people"] == []


@pytest.mark.parametrize(
    ("picked", "popular", "widths", "verdict"),
    [
        (0.12, 0.1, (100, 100 / 1.2), "20 % better"),
        (0.1, 0.125, (80, 100), "20 % worse"),
        (0.101, 0.1, (100, 100 / 1.01), "about as good"),
        (0, 0, (0, 0), "about as good"),
    ],
)
def test_bars_compare_within_a_question(
    picked: float, popular: float, widths: tuple[float, float], verdict: str
) -> None:
    # when
    duel = Duel("?", picked, popular)

    # then
    assert duel.widths == pytest.approx(widths)
    assert duel.verdict == verdict
