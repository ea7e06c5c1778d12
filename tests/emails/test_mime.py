"""What is written as bytes is read as the same mail that Django's own classes write."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails.mime import wire

# Anything that a rendered mail may hold: our templates leave no control characters in it.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.sampled_from("\n\n .=?ü"), max_size=400)
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120).map(
    lambda text: " ".join(text.split()).replace("=?", "")
)


def mail(
    subject: str = "Hello", text: str = "Hello\n", html: str = "<p>Hello</p>", reply_to: str = ""
) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives(
        subject,
        text,
        "Shop <shop@example.com>",
        ["ada@example.com"],
        headers={"Message-ID": "<1@example.com>"},
        reply_to=[reply_to] if reply_to else None,
    )
    made.attach_alternative(html, "text/html")
    return made


def read(wired: bytes) -> EmailMessage:
    parsed = message_from_bytes(wired, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def contents(parsed: EmailMessage) -> list[str]:
    return [part.get_content().replace("\r\n", "\n") for part in parsed.iter_parts()]


@given(texts, texts, names, st.booleans())
@settings(deadline=None, max_examples=100)
def test_any_text_arrives_as_it_was_written(text: str, html: str, subject: str, eight_bit: bool) -> None:
    wired = wire(mail(subject, text, html), eight_bit)

    parsed = read(wired)
    assert contents(parsed) == [text, html]
    assert str(parsed["Subject"]) == subject
    assert eight_bit or wired.isascii()
    assert max(len(line) for line in wired.split(b"\r\n")) <= 998
    assert b"\n" not in wired.replace(b"\r\n", b"")


def test_it_is_the_mail_that_django_writes() -> None:
    made = mail("Größe", "Grüße\n", "<p>Grüße</p>", reply_to="Hilfe & Rat <help@example.com>")

    ours, djangos = read(wire(made)), read(made.message().as_bytes())

    assert contents(ours) == contents(djangos)
    for name in ("Subject", "From", "To", "Reply-To", "Message-ID", "MIME-Version"):
        assert str(ours[name]) == str(djangos[name])


@pytest.mark.parametrize("eight_bit", [True, False])
def test_a_line_that_is_too_long_is_encoded_and_no_other(eight_bit: bool) -> None:
    wired = wire(mail(text="https://s.example/" + "x" * 3000 + "\n", html="<p>plain</p>"), eight_bit)

    encodings = [part["Content-Transfer-Encoding"] for part in read(wired).iter_parts()]
    assert encodings == ["quoted-printable", "7bit"]


@pytest.mark.parametrize("header", ["Subject", "X-Note"])
def test_a_header_on_two_lines_is_refused(header: str) -> None:
    made = mail(subject="Hello\r\nBcc: eve@example.org" if header == "Subject" else "Hello")
    made.extra_headers["X-Note"] = "one\nBcc: eve@example.org" if header == "X-Note" else "one"

    with pytest.raises(ValueError, match="not on one line"):
        wire(made)


def test_a_header_that_can_not_be_folded_is_refused() -> None:
    made = mail()
    made.extra_headers["List-Unsubscribe"] = f"<https://example.com/{'x' * 1000}>"

    with pytest.raises(ValueError, match="too long"):
        wire(made)


def test_a_long_header_is_folded_at_its_spaces_and_reads_as_before() -> None:
    made = mail()
    made.extra_headers["List-Unsubscribe"] = ", ".join(f"<https://example.com/{'x' * 60}{n}>" for n in range(30))

    wired = wire(made)

    assert str(read(wired)["List-Unsubscribe"]) == made.extra_headers["List-Unsubscribe"]
    assert max(len(line) for line in wired.split(b"\r\n")) <= 110


def test_a_name_in_any_script_stands_before_its_address() -> None:
    made = mail()
    made.from_email = '"日本の店" <shop@example.com>'

    header = read(wire(made))["From"]

    assert (header.addresses[0].display_name, parseaddr(str(header))[1]) == ("日本の店", "shop@example.com")


def test_the_border_between_parts_can_not_be_guessed() -> None:
    assert len({read(wire(mail())).get_boundary() for _ in range(5)}) == 5
