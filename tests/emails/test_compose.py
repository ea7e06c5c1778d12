"""A mail as it goes over the wire: what the RFCs ask for, and nothing that somebody slipped in."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from uuid import UUID

import pytest
from django.core import signing
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin import config
from saleor_crm_plugin.emails import render, smtp
from saleor_crm_plugin.emails.compose import compose
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.mime import wire
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop

from .about import lines, name_of, part

EXAMPLE = EXAMPLES["abandoned_cart_1"]
NOW = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
ID = UUID("0b7f2f0e-6f4e-4c39-8a45-3d7c0a4a5f11")
LANGUAGES = ("en", "de", "fr", "pl")
HOSTILE = [
    "Shop\r\nBcc: eve@example.org",
    "Shop\nBcc: eve@example.org",
    "Shop\rBcc: eve@example.org",
    "Shop\r\n\r\n<h1>Hello</h1>",
    "Shop\u2028Bcc: eve@example.org",
    "Shop\x0bBcc: eve@example.org",
    '"Eve" <eve@example.org>, Shop',
    "=?utf-8?q?Shop=0D=0ABcc:_eve=40example.org?=",
    "eve@example.org\x00",
]


class NamedShop(SandboxShop):
    """A shop that has a name and no database."""

    def __init__(self, name: str = "Morgentau") -> None:
        self._name = name

    def name(self) -> str:
        return self._name


def on_the_wire(
    shop_name: str = "Morgentau",
    template: str = "abandoned_cart_1",
    language: str = "en",
    attempts: int = 0,
    content: Mapping[str, object] | None = None,
    **raw: object,
) -> bytes:
    """The bytes of a mail, as the mail server gets them. ``raw`` are settings of the owner's."""
    message = Message(
        id=ID,
        flow="abandoned_cart",
        step=0,
        recipient="ada@example.com",
        language=language,
        content={**EXAMPLES[template], **(content or {})},
        created_at=NOW,
        next_attempt_at=NOW + timedelta(hours=attempts),
        attempts=attempts,
    )
    settings = config.parse({"sender_address": "hello@news.example.com", **raw})
    mail = compose(message, render.render(template, language, message.content), NamedShop(shop_name), settings)
    return wire(mail)


def read(wire: bytes) -> EmailMessage:
    mail = message_from_bytes(wire, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_mail_program_can_unsubscribe_with_one_click() -> None:
    mail = read(on_the_wire())

    assert str(mail["List-Unsubscribe"]).strip() == f"<{EXAMPLE['unsubscribe_url']}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


READ = {"bounce_host": "imap.example.com", "bounce_user": "hello", "bounce_password": "secret"}
LINK = f"https://api.example.com/unsubscribe/{signing.dumps(['ab' * 32, str(ID)], salt='saleor_crm.unsubscribe')}/"


def ways_out(link: str = LINK, **raw: object) -> list[str]:
    header = str(read(on_the_wire(content={"unsubscribe_url": link}, **raw))["List-Unsubscribe"])
    return re.findall(r"<([^>]*)>", header)


@pytest.mark.parametrize(
    ("mailbox", "address"),
    [
        ("stop@example.com", "stop@example.com"),
        ("stop+me@example.com", "stop+me@example.com"),
        ("stop?cc=eve&x@example.com", "stop%3Fcc%3Deve%26x@example.com"),
    ],
)
def test_the_mailbox_for_unsubscribing_is_named_after_the_link(mailbox: str, address: str) -> None:
    link, mailto = ways_out(unsubscribe_address=mailbox, **READ)

    assert link == LINK
    assert re.fullmatch(rf"mailto:{re.escape(address)}\?subject=unsubscribe%20[\w-]{{90,120}}", mailto)


def test_a_mailbox_that_nobody_reads_is_not_named() -> None:
    assert ways_out(unsubscribe_address="stop@example.com") == [LINK]


def test_a_test_mail_unsubscribes_nobody_by_mail_either() -> None:
    fake = str(EXAMPLE["unsubscribe_url"])
    assert ways_out(fake, unsubscribe_address="stop@example.com", **READ) == [fake]


def test_the_id_and_the_date_stay_the_same_when_a_mail_is_tried_again() -> None:
    first, again = on_the_wire(), on_the_wire(attempts=3)

    mail = read(first)
    assert mail["Message-ID"] == f"<{ID}@news.example.com>"
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert [mail[name] for name in ("Message-ID", "Date")] == [read(again)[name] for name in ("Message-ID", "Date")]


def test_answering_machines_do_not_answer() -> None:
    assert read(on_the_wire())["Auto-Submitted"] == "auto-generated"


def test_reports_about_the_mail_name_the_flow_and_never_the_recipient() -> None:
    mail = read(on_the_wire())

    assert mail["Feedback-ID"] == "abandoned_cart:step1:crm:news.example.com"
    others = {name: value for name, value in mail.items() if name != "To"}
    assert "ada" not in " ".join(str(value) for value in others.values())


def test_reports_tell_newsletters_apart() -> None:
    mail = read(on_the_wire(template="newsletter", content={"utm_campaign": "newsletter-7"}))

    assert mail["Feedback-ID"] == "newsletter-7:step1:crm:news.example.com"


def test_every_header_is_there_once() -> None:
    names = [name.lower() for name in read(on_the_wire(reply_to="help@example.com")).keys()]  # noqa: SIM118

    assert len(names) == len(set(names))
    assert {"from", "to", "subject", "reply-to", "message-id", "date", "mime-version", "content-language"} <= set(names)


def test_answers_go_where_the_owner_wants_them() -> None:
    assert read(on_the_wire(reply_to="help@example.com"))["Reply-To"] == "help@example.com"
    assert read(on_the_wire())["Reply-To"] is None


@pytest.mark.parametrize(
    "name",
    ["Morgentau", "Müller & Söhne", "Shop, Inc.", 'The "Best" Shop', "a@example.org", "日本の店" * 30, "A" * 300, "🧵"],
)
def test_the_sender_is_called_by_any_name(name: str) -> None:
    header = message_from_bytes(on_the_wire(sender_name=name))["From"]

    shown, address = parseaddr(header)
    assert (str(make_header(decode_header(shown))), address) == (name, "hello@news.example.com")


def test_without_a_name_the_sender_is_the_shop() -> None:
    (sender,) = read(on_the_wire("Tuch & Faden"))["From"].addresses

    assert sender.display_name == "Tuch & Faden"


@pytest.mark.parametrize("text", HOSTILE)
def test_nobody_slips_a_header_in(text: str) -> None:
    lines = [dict(line, product_name=text, variant_name=text) for line in EXAMPLE["lines"]]
    wire = on_the_wire(text, content={"first_name": text, "shop_name": text, "lines": lines})

    mail = read(wire)

    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["From"].addresses] == ["hello@news.example.com"]
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@example.com"]
    assert mail.get_content_type() == "multipart/alternative"


@given(st.text(max_size=60) | st.sampled_from(HOSTILE), st.text(max_size=60) | st.sampled_from(HOSTILE))
@settings(deadline=None, max_examples=60)
def test_no_name_of_shop_or_product_changes_who_gets_the_mail(shop_name: str, product: str) -> None:
    lines = [dict(line, product_name=product) for line in EXAMPLE["lines"]]
    wire = on_the_wire(shop_name, content={"lines": lines})

    head = wire.split(b"\r\n\r\n")[0]
    mail = read(wire)

    assert [address.addr_spec for address in mail["From"].addresses] == ["hello@news.example.com"]
    assert [name for name, _ in mail.items()] == [name for name, _ in read(on_the_wire()).items()]
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    assert b"\n" not in head.replace(b"\r\n", b"")


@pytest.mark.parametrize("template", render.MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_has_a_text_and_a_page_in_the_customers_language(template: str, language: str) -> None:
    wire = on_the_wire(template=template, language=language)

    mail = read(wire)

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Content-Language"] == language
    assert f'lang="{language}"' in html_of(mail)
    for line in lines(EXAMPLES[template]):
        assert line[name_of(line)] in text_of(mail)
    assert mail["Subject"]
    assert all(byte < 128 for byte in wire.split(b"\r\n\r\n")[0])


@pytest.mark.parametrize("template", render.MAILS)
def test_no_line_is_longer_than_mail_allows(template: str) -> None:
    long, address = "Größe " * 400, "https://s.example/" + "x" * 3000
    many = [{**line, name_of(line): long, "url": address} for line in lines(EXAMPLES[template])] * 9

    wire = on_the_wire(template=template, language="de", content={part(EXAMPLES[template]): many})

    assert max(len(line) for line in wire.split(b"\r\n")) <= 998


def test_a_sender_with_a_domain_in_another_script_is_spelled_for_mail_servers() -> None:
    mail = read(on_the_wire(sender_address="hello@bücher.example", sender_name=""))

    assert mail["From"].addresses[0].addr_spec == "hello@xn--bcher-kva.example"
    assert str(mail["Message-ID"]).endswith("@xn--bcher-kva.example>")


def test_what_is_composed_is_what_is_handed_over() -> None:
    message = Message(
        id=ID, flow="abandoned_cart", step=0, recipient="ada@example.com", content=dict(EXAMPLE), created_at=NOW
    )
    shop, settings = NamedShop(), config.parse({"sender_address": "hello@news.example.com"})
    rendered = render.Rendered("Subject", "<p>.</p>", ".\n..\nFrom here\n", "en")

    handed_over = smtp._on_the_wire(compose(message, rendered, shop, settings))

    assert handed_over.endswith(b"\r\n.\r\n")
    assert b"\r\n..\r\n...\r\nFrom here\r\n" in handed_over
