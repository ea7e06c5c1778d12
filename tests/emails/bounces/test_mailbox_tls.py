"""The mailbox of bounces is read over TLS, and nobody learns its password who is not the server that was named."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLContext

import pytest

from saleor_crm_plugin import config, work
from saleor_crm_plugin.emails.bounces import mailbox
from saleor_crm_plugin.emails.bounces.models import BounceBox
from tests.emails.bounces.authority import Authority
from tests.emails.bounces.imap_server import Mailbox, listening
from tests.road import Road


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that the shop's machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture(params=[False, True], ids=["ssl", "starttls"])
def starttls(request: pytest.FixtureRequest) -> bool:
    """How the connection becomes encrypted."""
    return bool(request.param)


def reads(road: Road, tls: SSLContext | None, starttls: bool) -> Iterator[Mailbox]:
    """A mailbox with one message, read by the shop."""
    with listening(tls, starttls=starttls) as box:
        box.deliver(b"Subject: Hello\n\n")
        road.set(bounce_host="localhost", bounce_port=str(box.port), bounce_user="hello", bounce_password="secret")
        road.set(bounce_ssl=not starttls)
        road.work(work.read_bounces)
        yield box


def test_it_is_read_over_an_encrypted_connection(road: Road, trusted: Authority, starttls: bool) -> None:
    (box,) = reads(road, trusted.server("localhost"), starttls)

    assert box.encrypted
    assert BounceBox.objects.get().uid == 1


def test_a_server_that_shows_anothers_certificate_learns_no_password(
    road: Road, trusted: Authority, starttls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (box,) = reads(road, trusted.server("imap.example.com"), starttls)

    assert "Hostname mismatch" in caplog.text
    assert "LOGIN" not in box.commands
    assert not BounceBox.objects.exists()


def test_a_certificate_of_nobody_who_is_trusted_is_none(
    road: Road, authority: Authority, starttls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (box,) = reads(road, authority.server("localhost"), starttls)

    assert "unable to get local issuer certificate" in caplog.text
    assert "LOGIN" not in box.commands
    assert not BounceBox.objects.exists()


def test_a_certificate_that_is_over_is_none(
    road: Road, trusted: Authority, starttls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (box,) = reads(road, trusted.server("localhost", until=2001), starttls)

    assert "certificate has expired" in caplog.text
    assert "LOGIN" not in box.commands


def test_no_password_goes_to_another_machine_in_the_clear(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "ip_address", lambda _: ip_address("192.0.2.1"))

    (box,) = reads(road, None, starttls=True)

    assert "LOGIN" not in box.commands


def test_on_the_same_machine_nobody_listens_in(road: Road) -> None:
    list(reads(road, None, starttls=True))

    assert BounceBox.objects.get().uid == 1


def test_encrypting_is_what_happens_when_nothing_is_set() -> None:
    rules = config.parse({}).bounces

    assert (rules.ssl, rules.port) == (True, 993)
