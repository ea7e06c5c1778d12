"""What a person is told of a life in the shop, and what nobody may do with the document."""

import json
import re
from email.message import EmailMessage
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.personal_data.export import export
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from saleor_crm_plugin.vouchers.models import Grant
from tests.graphql.asking import statements
from tests.road import Road

ADA = "ada@example.com"


def lives(road: Road) -> EmailMessage:
    """Ada leaves a cart, gets a mail, buys, and leaves another. Returns the mail."""
    (shirt,) = road.make_product("Linen shirt")
    user = road.make_customer(ADA, first_name="Ada")
    bought = road.cart(shirt, email=ADA, user_id=user)
    road.work()
    road.wait(hours=5)
    (mail,) = road.work()
    road.place_order(bought)
    road.work()
    road.wait(days=3)
    road.cart(shirt, email=ADA, user_id=user)
    road.work()
    return mail


def told(road: Road, email: str = ADA) -> Any:
    return json.loads(export(road.shop, Contact.objects.get(email=email), road.now))


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("crm", "export", *arguments, stdout=out)
    return out.getvalue()


def test_a_person_is_told_what_was_agreed_to_bought_decided_and_mailed(road: Road) -> None:
    mail = lives(road)

    document = told(road)

    assert document["contact"][0]["email"] == ADA
    assert [(one["granted"], one["source"]) for one in document["consents"]] == [(True, "checkout"), (True, "checkout")]
    assert [cart["status"] for cart in document["carts"]] == ["ordered", "open"]
    assert [len(cart["changes"]) for cart in document["carts"]] == [1, 1]
    (purchase,) = document["purchases"]
    assert (purchase["total"], purchase["currency"]) == ("40.000", "EUR")
    assert [document["product_names"][line["product_id"]] for line in purchase["lines"]] == ["Linen shirt"]
    first = document["flows"][0]
    assert (first["flow"], first["decisions"][0]["outcome"]) == ("abandoned_cart", "sent")
    assert first["decisions"][0]["why"] == "It was time, and nothing spoke against it."
    (sent,) = document["mails"]
    assert (sent["recipient"], sent["subject"], sent["products"]) == (ADA, mail["Subject"], ["Linen shirt"])
    assert sent["sent_at"].startswith("2026-03-02T17:0")


def test_no_link_and_no_cart_of_the_mail_can_be_used_by_who_has_the_document(road: Road) -> None:
    mail = lives(road)
    links = re.findall(r"https?://[^\s\"<>]+", unescape(html_of(mail)) + text_of(mail) + mail["List-Unsubscribe"])
    secrets = {part for link in links for part in re.split(r"[/?&=#]", link) if len(part) > 20}
    carts = [str(pk) for pk in Contact.objects.get(email=ADA).carts.values_list("pk", flat=True)]

    document = export(road.shop, Contact.objects.get(email=ADA), road.now)

    assert len(secrets) > 2
    assert [secret for secret in [*secrets, *carts] if secret in document] == []


def test_a_code_is_told_by_its_end_only(road: Road) -> None:
    contact = Contact.objects.create(email=ADA, created_at=road.now)
    Grant.objects.create(
        key="k", tier="A", contact=contact, code="LOYAL-7KQ2M-XWP4T", voucher_id="1", channel="eu", currency="EUR",
        value=10, granted_at=road.now, expires_at=road.now, look_at=road.now,
    )  # fmt: skip

    assert [one["code"] for one in told(road)["vouchers"]] == ["…WP4T"]


def test_who_unsubscribed_is_told_since_when(road: Road) -> None:
    lives(road)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, road.now)

    (one,) = told(road)["suppressions"]

    assert (one["reason"], one["bounced_at"]) == ("unsubscribed", None)


def test_a_mail_whose_text_is_no_longer_kept_is_told_without_its_subject(road: Road) -> None:
    lives(road)
    Contact.objects.get(email=ADA).messages.update(content={}, recipient="")

    (sent,) = told(road)["mails"]

    assert (sent["subject"], sent["products"]) == (None, [])


def test_settings_that_cant_be_read_leave_only_the_standing_out(road: Road) -> None:
    lives(road)
    road.set(holdout_percent="many")

    document = told(road)

    assert document["standing"] is None
    assert len(document["carts"]) == 2


def test_much_costs_as_many_statements_as_little(road: Road) -> None:
    (shirt,) = road.make_product()
    road.cart(shirt)
    road.work()
    contact = Contact.objects.get(email=ADA)
    with statements() as few:
        export(road.shop, contact, road.now)
    for _ in range(5):
        road.place_order(road.cart(shirt))
        road.cart(shirt)
        road.wait(hours=5)
        road.work()
    with statements() as many:
        export(road.shop, contact, road.now)

    assert len(many) == len(few) <= 45


def test_the_command_prints_the_document_or_writes_it_for_its_owner_alone(road: Road, tmp_path: Path) -> None:
    lives(road)
    file = tmp_path / "ada.json"

    printed = said("ADA@example.com")
    said(ADA, "--out", str(file))

    assert json.loads(printed) == json.loads(file.read_text(encoding="utf-8"))
    assert file.stat().st_mode & 0o077 == 0


def test_the_command_says_that_nobody_is_known(road: Road) -> None:
    with pytest.raises(CommandError, match="Nobody is known"):
        said("nobody@example.com")


def test_of_an_erased_person_only_that_the_address_gets_no_mail_is_left_to_tell(road: Road) -> None:
    lives(road)
    erase(list(Contact.objects.all()), road.now)

    document = json.loads(said(ADA))

    assert [one["reason"] for one in document["suppressions"]] == ["erased"]
    assert {name for name, rows in document.items() if isinstance(rows, list) and rows} == {"suppressions"}


def test_a_file_that_others_could_read_is_theirs_no_more(road: Road, tmp_path: Path) -> None:
    Contact.objects.create(email=ADA, created_at=road.now)
    file = tmp_path / "ada.json"
    file.write_text("x" * 1_000_000)
    file.chmod(0o644)

    said(ADA, "--out", str(file))

    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["contact"]


def test_a_link_is_not_followed(road: Road, tmp_path: Path) -> None:
    Contact.objects.create(email=ADA, created_at=road.now)
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "ada.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(CommandError):
        said(ADA, "--out", str(tmp_path / "ada.json"))

    assert (tmp_path / "elsewhere").read_text() == ""
