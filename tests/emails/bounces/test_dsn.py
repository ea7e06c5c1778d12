"""Reports by mail: what is read from them, and that nothing that anybody sends trips the reader."""

from time import process_time
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails.bounces import dsn
from saleor_crm_plugin.emails.bounces.models import Bounce
from saleor_crm_plugin.emails.bounces.take import Report
from tests.emails.bounces.reports import bounce, complaint

MAIL = UUID("12345678-1234-5678-1234-567812345678")
HARD, SOFT = Bounce.Kind.HARD, Bounce.Kind.SOFT
UNKNOWN = "smtp; 550 5.1.1 unknown"


def kind_of(raw: bytes) -> Bounce.Kind | None:
    found = dsn.read(raw)
    return found[0].kind if found else None


def test_a_report_names_the_mail_the_recipient_and_the_reason() -> None:
    (report,) = dsn.read(bounce(MAIL))

    assert (report.kind, report.recipient, report.message_id) == (HARD, "ada@example.com", MAIL)
    assert "User unknown" in report.words
    assert not report.vouched


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "smtp; 550 unknown", HARD),
        ("5.1.10", UNKNOWN, HARD),
        ("5.0.0", UNKNOWN, HARD),
        ("5.0.0", "smtp; 550 No such user here", HARD),
        ("", "smtp; 550 No such user here", HARD),
        ("5.2.1 (mailbox disabled)", "x", HARD),
        ("5.0.0", "smtp; 552 message too big", SOFT),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", SOFT),
        ("5.7.1", "smtp; 550 5.7.1 blocked by policy", SOFT),
        ("4.4.7", "smtp; delivery time expired", SOFT),
        ("4.4.1", "X-Postfix; connection timed out", SOFT),
        ("", "550-User unknown", HARD),
        ("", "smtp; 552 mailbox full: 550 MB of 500", SOFT),
        ("5.0.0", "smtp; 554 rejected, see error 550", SOFT),
        ("5.0.0", "smtp; 550 Blocked as spam", SOFT),
        ("", "smtp; 550 refused by our policies", SOFT),
        ("", "SMTP; 550 The user is over quota", SOFT),
        ("", "smtp; 5501 x", SOFT),
        ("", "", SOFT),
    ],
)
def test_only_a_missing_mailbox_is_hard(status: str, said: str, kind: Bounce.Kind) -> None:
    assert kind_of(bounce(MAIL, status=status, said=said)) == kind


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_did_not_fail_is_no_bounce(action: str) -> None:
    assert dsn.read(bounce(MAIL, action=action)) == []


def test_the_headers_alone_are_enough() -> None:
    assert kind_of(bounce(MAIL, original="text/rfc822-headers")) == HARD


def test_a_complaint_is_read() -> None:
    assert dsn.read(complaint(MAIL)) == [Report(Bounce.Kind.COMPLAINT, "ada@example.com", MAIL, "complaint")]


@pytest.mark.parametrize("kind", ["not-spam", "opt-out-list", ""])
def test_other_feedback_is_no_complaint_against_us(kind: str) -> None:
    assert [
        report.recipient for report in dsn.read(complaint(MAIL, kind=kind)) if report.recipient != "undisclosed"
    ] == []


@pytest.mark.parametrize("message_id", ["no-id", "<>", "12345678@12345678", ""])
def test_a_report_of_a_mail_that_is_not_ours_says_nothing(message_id: str) -> None:
    assert dsn.read(bounce(message_id)) == []


@pytest.mark.parametrize("raw", [b"", b"\0", b"Hello, where is my parcel?", b"From: a\n\nI am away until Monday."])
def test_other_mails_say_nothing(raw: bytes) -> None:
    assert dsn.read(raw) == []


def test_what_is_too_large_is_not_read() -> None:
    assert dsn.read(bounce(MAIL) + b" " * dsn.LARGEST) == []


def test_parts_in_parts_do_not_keep_the_worker_busy() -> None:
    # given
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(900))
    raw = (parts + "\n" * (dsn.LARGEST - len(parts))).encode()
    started = process_time()

    # when
    found = dsn.read(raw)

    # then: it took 5 s
    assert found == []
    assert process_time() - started < 0.5


GOOD = bounce(MAIL)
PIECES = [*GOOD.split(b"\n"), b"\xff\xfe", b"Content-Type: message/rfc822", b"--b1", b"--b1--", b"", b"=?utf-8?b?4?="]


@given(st.binary(max_size=300))
@example(b"Content-Type: multipart/report; boundary=\n\n--\n")
def test_no_bytes_trip_the_reader(raw: bytes) -> None:
    assert dsn.read(raw) == []


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=200)
def test_no_shuffled_report_trips_the_reader(pieces: list[bytes]) -> None:
    for report in dsn.read(b"\n".join(pieces)):
        assert report.message_id == MAIL


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=20))
@settings(max_examples=200)
def test_no_damaged_report_trips_the_reader(place: int, cut: int, put: bytes) -> None:
    for report in dsn.read(GOOD[:place] + put + GOOD[place + cut :]):
        assert not report.vouched
        assert len(report.recipient) <= 320
