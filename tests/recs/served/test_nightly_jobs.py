"""The jobs of recommendations: nothing is learnt while the plugin is switched off; a training is due once a day."""

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.recs.served import training
from saleor_crm_plugin.recs.served.models import PopularList, TrainingRun
from saleor_crm_plugin.shop.sandbox import own_settings

from .shop import DAY, NOW, Shop, buy, make_goods, person

pytestmark = pytest.mark.django_db


def shop_with_an_order() -> Shop:
    """One customer bought one thing."""
    shop = make_goods()
    buy(person(), [shop.products["tea"][0]], 1)
    return shop


def test_what_sells_and_what_is_liked_is_learnt() -> None:
    shop = shop_with_an_order()

    assert work.train_recommendations(shop.port, lambda: NOW) == 1
    assert work.refresh_popular(shop.port, lambda: NOW) == 1
    assert PopularList.objects.filter(channel="eu", category_id="").exists()
    assert TrainingRun.objects.get().current


def test_while_the_plugin_is_switched_off_nothing_is_learnt() -> None:
    shop = shop_with_an_order()
    own_settings.save("shop.active", False)

    assert not shop.port.active()
    assert work.train_recommendations(shop.port, lambda: NOW) == work.refresh_popular(shop.port, lambda: NOW) == 0
    assert not TrainingRun.objects.exists()


def test_training_is_due_once_a_day() -> None:
    shop = shop_with_an_order()
    assert training.due(NOW)

    work.train_recommendations(shop.port, lambda: NOW)

    assert not training.due(NOW + DAY / 2)
    assert training.due(NOW + DAY)


def test_popularity_fades_as_fast_as_the_last_training_found_best() -> None:
    assert training.popular_half_life() == 30

    TrainingRun.objects.create(engine="local", started_at=NOW, current=True, popular_half_life=5)

    assert training.popular_half_life() == 5
