"""What a training leaves, and that it stays in use when the next one fails."""

import pytest

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.recs.served import suggest, training
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun, Wears
from saleor_crm_plugin.recs.served.reasons import BY_CODE, Reason
from saleor_crm_plugin.recs.tasks import Task

from .shop import CHANNEL, DAY, NOW, Broken, Shop, train


def test_every_kind_of_list_is_there(trained: Shop) -> None:
    assert set(ProductList.objects.values_list("kind", flat=True)) == set(ProductList.Kind)
    assert set(ContactList.objects.values_list("kind", flat=True)) == set(ContactList.Kind)


def test_it_is_kept_what_was_picked_for_each_task_and_how_good_it_was(trained: Shop) -> None:
    run = TrainingRun.objects.get(current=True)

    assert set(run.figures) == {task.value for task in Task}
    assert run.figures["related"]["ndcg20"] >= run.figures["related"]["popularity_ndcg20"] > 0
    assert (run.engine, run.customers, run.products, run.lines) == ("local", 150, 90, 1812)


def test_no_list_has_what_its_owner_has_or_a_product_twice(trained: Shop) -> None:
    for product, items in ProductList.objects.values_list("product_id", "items"):
        assert product not in items
        assert len(set(items)) == len(items)


def test_scores_of_lists_go_down(trained: Shop) -> None:
    lists = [
        *ProductList.objects.values_list("scores", flat=True),
        *ContactList.objects.values_list("scores", flat=True),
    ]
    assert all(scores == sorted(scores, reverse=True) and scores[-1] > 0 for scores in lists)


def test_what_only_sells_is_not_said_to_be_personal(trained: Shop) -> None:
    kinds = {kind: {int(product) for product in products} for kind, products in trained.products.items()}
    seen = set()
    for kind, contacts in trained.contacts.items():
        for items, codes in ContactList.objects.filter(contact__in=contacts).values_list("items", "reasons"):
            personal = {item for item, code in zip(items, codes, strict=True) if BY_CODE[code] == Reason.PERSONAL}
            assert personal <= kinds[kind]
            seen |= personal
    assert len(seen) > 40


def test_training_again_on_the_same_past_shows_the_same(trained: Shop) -> None:
    def lists() -> list[tuple[object, ...]]:
        return [
            *ProductList.objects.order_by("product_id", "kind").values_list("product_id", "kind", "items", "scores"),
            *ContactList.objects.order_by("contact_id", "kind").values_list("contact_id", "kind", "items", "scores"),
        ]

    before = lists()
    train(trained)

    assert lists() == before
    assert TrainingRun.objects.filter(current=True).count() == 1


def test_a_training_that_fails_leaves_the_lists_in_use(trained: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = TrainingRun.objects.get(current=True)
    tea = trained.products["tea"][0]
    shown = suggest.related(trained.port, [tea], CHANNEL, 5, NOW)
    monkeypatch.setattr(training, "get_engine", Broken)

    with pytest.raises(RuntimeError):
        train(trained, NOW + DAY)

    assert TrainingRun.objects.get(current=True) == before
    assert suggest.related(trained.port, [tea], CHANNEL, 5, NOW) == shown


def test_what_a_failed_training_left_goes_with_the_next(trained: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(training, "get_engine", Broken)
        with pytest.raises(RuntimeError):
            train(trained, NOW + DAY)

    train(trained, NOW + 2 * DAY)

    current = TrainingRun.objects.get(current=True)
    assert set(ProductList.objects.values_list("run_id", flat=True)) == {current.pk}


def test_lists_go_with_their_contact(trained: Shop) -> None:
    gone = ContactList.objects.order_by("contact_id")[0].contact_id
    Wears.objects.create(contact_id=gone, run_id=TrainingRun.objects.get(current=True).pk, sizes=["size=M"], genders=[])

    erase(Contact.objects.filter(pk=gone), NOW)

    assert not ContactList.objects.filter(contact_id=gone).exists()
    assert not Wears.objects.filter(contact_id=gone).exists()
