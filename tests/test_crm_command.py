"""``manage.py crm``: what those who run the shop read and do."""

import json
import logging
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.emails import server
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.catalogue import ABANDONED_CART
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.pauses import pause
from saleor_crm_plugin.management.verbs import progress
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.webhooks import history, inbox
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.road import Road

ADA = "ada@example.com"


def crm(*words: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("crm", *words, stdout=out)
    return out.getvalue()


def first_mail(road: Road, **cart: object) -> str:
    cart_id = road.cart(*road.make_product(), **cart)  # type: ignore[arg-type]
    road.work()
    road.wait(hours=5)
    road.work()
    return cart_id


@pytest.mark.parametrize("words", [[], ["dance"], ["explain"], ["outbox", "--let-go", "not-an-id"]])
def test_what_it_does_not_understand_is_an_error(words: list[str]) -> None:
    with pytest.raises(CommandError):
        crm(*words)


def test_explain_tells_the_story_in_order_and_in_plain_words(road: Road) -> None:
    road.set(time_zone="Europe/Berlin")
    cart = first_mail(road)

    lines = crm("explain", "Ada@Example.com").splitlines()

    assert lines[0].endswith("agreed to marketing mail.")
    assert lines[1] == f"  2026-03-02 13:00  said yes (checkout {cart})"
    assert lines[2] == f"Abandoned cart, {cart}:"
    assert lines[3].startswith("  2026-03-02 18:00  mail 1: sent. It was time, and nothing spoke against it.")
    assert lines[3].endswith("The mail was taken by the mail server.")
    assert lines[4] == "  2026-03-03 14:00  mail 2 will be decided."
    assert len(lines) == 5


def test_explain_tells_why_a_mail_was_moved_and_that_its_cart_was_ordered(road: Road) -> None:
    road.set(quiet_hours="21-8")
    cart = road.cart(*road.make_product())
    road.work()
    road.wait(hours=9)
    road.work()
    order = road.place_order(cart)
    road.work()

    text = crm("explain", ADA)

    assert "moved. It was night where the customer lives; moved to the morning." in text
    assert f"Ordered: {order}." in text
    assert "will be decided" not in text


RESTS = "  The flow is paused: nothing of it is decided or sent until it goes on."


def test_explain_says_that_the_flow_of_a_waiting_cart_rests(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()
    pause(ABANDONED_CART, "", road.now)

    lines = crm("explain", ADA).splitlines()

    assert lines[-2].endswith("mail 1 will be decided.")
    assert lines[-1] == RESTS


def test_explain_says_that_the_flow_of_a_mail_in_the_outbox_rests(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()
    road.wait(hours=25)
    road.work(work.decide)
    Enrolment.objects.update(state="finished")
    pause(ABANDONED_CART, "", road.now)

    assert crm("explain", ADA).splitlines()[-1] == RESTS


def test_explain_says_why_a_cart_that_was_ordered_before_any_decision_got_no_mail(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.place_order(cart)
    road.work()

    assert "  Ended before any mail was decided. The customer had ordered." in crm("explain", ADA).splitlines()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unsubscribed", "unsubscribed"),
        ("hard_bounce", "hard bounce"),
        ("complaint", "complaint"),
        ("erased", "erased"),
    ],
)
def test_explain_begins_with_why_an_address_gets_no_mail(road: Road, reason: str, words: str) -> None:
    first_mail(road)
    suppress(ADA, Suppression.Reason(reason), road.now)

    assert crm("explain", ADA).splitlines()[0] == f"Suppressed: this address gets no mail ({words})."


@pytest.mark.parametrize("address", ["nobody@example.com", "not an address", ""])
def test_explain_of_somebody_unknown_says_so(db: None, address: str) -> None:
    with pytest.raises(CommandError, match="Nobody is known under this address"):
        crm("explain", address)


def test_explain_of_an_address_of_which_only_that_it_gets_no_mail_is_known_says_so(road: Road) -> None:
    suppress("gone@example.com", Suppression.Reason.ERASED, road.now)

    assert crm("explain", "gone@example.com").splitlines() == [
        "Suppressed: this address gets no mail (erased).",
        "Nobody is known under this address.",
    ]


def test_explain_says_when_somebody_is_in_no_flow(road: Road) -> None:
    road.make_cart(email=ADA)
    road.work()

    assert "did not agree to marketing mail." in crm("explain", ADA)
    assert crm("explain", ADA).endswith("In no flow so far.\n")


def test_explain_works_while_the_settings_can_not_be_read(road: Road) -> None:
    first_mail(road)
    road.set(time_zone="Mars/Olympus")

    assert "2026-03-02 17:00  mail 1: sent." in crm("explain", ADA)


def test_explain_asks_the_database_a_constant_number_of_questions(
    road: Road, django_assert_max_num_queries: object
) -> None:
    (shirt,) = road.make_product()
    for _ in range(20):
        road.cart(shirt)
    road.work()
    road.wait(hours=5)
    road.work()

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        text = crm("explain", ADA)

    assert text.count("Abandoned cart,") == 20


def test_the_report_is_the_same_for_people_and_programs(road: Road) -> None:
    cart = first_mail(road)
    road.place_order(cart)
    road.work()

    report = json.loads(crm("report", "--json"))["abandoned_cart"]
    text = crm("report")

    assert report == {
        "enrolled": 1,
        "decisions": [{"outcome": "sent", "reason": "due", "count": 1}],
        "treated": {"carts": 1, "recovered": 1, "revenue": {"EUR": "40.000"}},
        "holdout": {"carts": 0, "recovered": 0, "revenue": {}},
        "responses": {"sent": 1, "clicked": 0, "scanned": 0, "opened": 0},
        "uplift": {
            "days": 30,
            "treated": {"people": 1, "running": 1},
            "held_out": {"people": 0, "running": 0},
            "currencies": [
                {
                    "currency": "EUR",
                    "treated": {"buyers": 1, "orders": 1, "revenue": "40.000", "revenue_per_1000": "40000.00"},
                    "held_out": {"buyers": 0, "orders": 0, "revenue": "0", "revenue_per_1000": "0"},
                    "difference_per_1000": None,
                    "low": None,
                    "high": None,
                    "conclusive": False,
                    "weeks": None,
                }
            ],
            "by_code": [],
            "by_last_click": [],
        },
    }
    assert "Abandoned cart: 1 enrolled" in text
    assert "1  sent" in text
    assert "runs with a mail:  1, 1 ordered from (100.0%), 40.00 EUR" in text
    assert "runs held out:     0, 0 ordered from\n" in text
    assert "got mail:  1 person\n" in text
    assert "Nobody was held out: what the mails are worth can't be known." in text
    assert "EUR: 40,000.00 EUR per 1,000 people (1 order of 1) after a mail," in text


def test_the_report_of_an_empty_shop_is_valid(db: None) -> None:
    assert json.loads(crm("report", "--json"))["abandoned_cart"]["enrolled"] == 0
    assert "0 enrolled" in crm("report")


def test_the_inbox_lists_what_was_given_up_and_tries_it_again(road: Road) -> None:
    inbox.hint(InboxItem.Kind.CART, ["c1"], road.now)

    def fails(ids: object, now: object) -> None:
        raise ValueError(f"no room for {ADA}")

    for _ in range(inbox.ATTEMPTS):
        inbox.process({InboxItem.Kind.CART: fails}, work.now)
        road.wait(hours=3)

    text = crm("inbox")
    assert text.startswith("0 waiting, 1 given up\n")
    assert "cart c1  after 8 attempts: ValueError: no room for <address>" in text
    assert crm("inbox", "--retry") == "1 will be tried again.\n1 waiting, 0 given up\n"
    road.work()
    assert crm("inbox") == "0 waiting, 0 given up\n"


def test_the_outbox_lists_what_is_held_and_lets_it_go(road: Road) -> None:
    first_mail(road)
    message = Message.objects.get()
    Message.objects.update(state=Message.State.HELD, error="The worker stopped.")

    text = crm("outbox")
    assert text == f"       1  held\n  {message.pk}  held  abandoned_cart, mail 1: The worker stopped.\n"
    assert crm("outbox", "--let-go", str(message.pk), str(uuid4())) == "1 will be decided again.\n"
    assert len(road.work()) == 1
    assert crm("outbox") == "       1  sent\n"


def test_the_outbox_counts_how_often_the_mail_server_failed(road: Road) -> None:
    settings = parse(road.shop.configuration())
    server.failed(settings, "refused", road.now)
    once = crm("outbox")
    server.failed(settings, "refused", road.now)

    assert "The mail server failed once. The last time: refused" in once
    assert "The mail server failed 2 times in a row. The last time: refused" in crm("outbox")


@pytest.mark.parametrize("words", [["--for", ADA], ["--product", "1"], []])
def test_recommendations_in_a_channel_that_does_not_exist_are_refused(road: Road, words: list[str]) -> None:
    with pytest.raises(CommandError, match="There is no channel “nope”; there are eu"):
        crm("recs", *words, "--channel", "nope")


def test_a_tick_does_once_all_that_is_due(road: Road) -> None:
    road.cart(*road.make_product())
    crm("tick")
    road.wait(hours=5)

    text = crm("tick")

    done = {line.partition(": ")[0]: line.partition(": ")[2] for line in text.splitlines()}
    assert {job: count for job, count in done.items() if count != "0"} == {"decide": "1", "deliver": "1"}
    assert list(done) == [job.__name__ for job in (*work.JOBS, work.keep_webhooks)]
    assert len(road.sink.mails) == 1


def test_backfill_takes_over_what_the_shop_had_before_us(road: Road) -> None:
    for _ in range(3):
        storefront.place_order(road.cart(*road.make_product()), now=road.now, hook=storefront.lost)

    assert crm("backfill") == "3 orders looked at.\n"

    assert Purchase.objects.count() == 3
    assert crm("backfill") == "3 orders looked at.\n"


def test_a_long_backfill_tells_every_few_seconds_how_far_it_is(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", 1)
    monkeypatch.setattr(progress, "_SECONDS", 0)
    for _ in range(2):
        road.place_order(road.cart(*road.make_product()))

    lines = crm("backfill").splitlines()

    assert [line.partition(",")[0] for line in lines] == [
        "1 of about 2 orders", "2 of about 2 orders", "2 orders looked at.",
    ]  # fmt: skip


def test_verify_lists_what_differs_counts_it_and_fails_until_it_is_repaired(road: Road) -> None:
    order_id = road.place_order(road.cart(*road.make_product()))
    road.work()
    assert crm("verify") == "1 orders compared, 0 differ.\n"
    Purchase.objects.update(total=5)
    out = StringIO()

    with pytest.raises(CommandError, match="--repair") as failed:
        call_command("crm", "verify", stdout=out)

    told = f"  {order_id}  total: ours 5.000, the shop's 40.000\n       1  total\n1 orders compared, 1 differ.\n"
    assert out.getvalue() == told
    assert failed.value.returncode == 1
    assert crm("verify", "--repair") == f"{told}They are now as the shop has them.\n"
    assert crm("verify") == "1 orders compared, 0 differ.\n"


def test_verify_says_what_is_about_to_be_looked_at(road: Road) -> None:
    road.place_order(road.cart(*road.make_product()))

    assert crm("verify") == "1 orders compared, 1 are about to be looked at, 0 differ.\n"


def test_erase_forgets_a_person_in_any_spelling(road: Road) -> None:
    first_mail(road)

    assert crm("erase", " ADA@example.com ") == "Forgotten.\n"

    assert not Contact.objects.exists()
    assert suppressed([ADA]) == {ADA: Suppression.Reason.ERASED}


@pytest.mark.parametrize("address", ["bea@example.com", "not an address", ""])
def test_erase_of_somebody_unknown_says_so_and_erases_nobody(road: Road, address: str) -> None:
    first_mail(road)
    road.make_customer("no-mail@example.com")

    with pytest.raises(CommandError, match="Nobody is known"):
        crm("erase", address)

    assert Contact.objects.count() == 1


def test_import_consent_takes_a_file_from_a_spreadsheet(db: None, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"\xef\xbb\xbfEmail,Granted\r\nada@example.com,yes\r\nnobody,yes\r\n")

    text = crm("import-consent", str(file))

    assert text == "1 taken over, 1 refused\n  line 3: not an email address\n"
    assert Contact.objects.get().consent_records.get().reference == "list.csv"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfee\x00", b"name\nAda\n"])
def test_import_consent_of_what_is_no_such_file_says_so(db: None, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "list.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError):
        crm("import-consent", str(file))

    assert not Contact.objects.exists()


def test_no_log_line_of_the_whole_road_names_a_person(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="saleor_crm_plugin")
    user = road.make_customer(ADA, first_name="Adalbertine")
    answers = [None, f"451 <{ADA}> later", f"550 5.1.1 <{ADA}> unknown"]
    for answer in answers:
        road.sink.on_recipient = lambda address, answer=answer: answer
        cart = first_mail(road, user_id=user)
        road.wait(days=8)
    road.place_order(cart)
    road.work()
    for words in (
        ["explain", ADA],
        ["report"],
        ["inbox"],
        ["outbox"],
        ["tick"],
        ["backfill"],
        ["verify"],
        ["erase", ADA],
    ):
        crm(*words)
    road.delete_customer(user)
    road.work()

    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("saleor_crm"))
    assert ADA not in ours
    assert "Adalbertine" not in ours
