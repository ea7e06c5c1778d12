"""The public addresses: whatever comes, there is an answer."""

import logging

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop

pytestmark = [pytest.mark.urls("tests.door_urls"), pytest.mark.django_db]
HOME = "/plugins/saleor_crm"
BIT = st.sampled_from(
    ["unsubscribe", "/", "..", "%2e%2e", "%0a", "%00", "%ff", ":", ".", "a", "é", "?", "#", " ", "\\"]
)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/unsubscribe", "/unsubscribe/", "/Unsubscribe/a:b:c/", "/unsubscribe/a/b/", "/nothing",
        "/../unsubscribe/a", "/unsubscribe/%0a/", "/unsubscribe/a%00b/", "/unsubscribe/" + "a" * 501 + "/",
        "/unsubscribe/" + "a" * 50_000, "/unsubscribe/%F0%9F%98%80/", "/unsubscribe/a b/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_what_is_nowhere_is_not_found(path: str, method: str) -> None:
    response = getattr(Client(), method)(HOME + path)

    assert response.status_code == 404
    assert response["Content-Type"] == "text/plain"
    assert not response.cookies


@pytest.mark.parametrize("token", ["a", "a:b:c", "::", ".:1:x", "....", "a=" * 250, "eyJhIjoxfQ:1w:-_", ":" * 500])
def test_garbage_in_place_of_a_token_is_a_friendly_404(token: str) -> None:
    for response in (Client().get(f"{HOME}/unsubscribe/{token}/"), Client().post(f"{HOME}/unsubscribe/{token}/")):
        assert response.status_code == 404
        assert "<html" in response.content.decode()
    assert not Suppression.objects.exists()


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW"]),
    st.lists(BIT | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=6).map("".join),
    st.binary(max_size=40),
    st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "", "é"]),
)
@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_brings_it_down(method: str, path: str, body: bytes, content_type: str) -> None:
    for start in ("/", "/unsubscribe/", "/stock/confirm/", "/stock/"):
        response = Client().generic(method, HOME + start + path, body, content_type=content_type)

        assert response.status_code in (404, 405)
    assert not Suppression.objects.exists()


def test_when_something_fails_the_answer_is_to_try_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: SandboxShop) -> dict[str, object]:
        raise RuntimeError("no database for ada@example.com")

    monkeypatch.setattr(SandboxShop, "configuration", broken)

    response = Client().post(f"{HOME}/unsubscribe/a:b:c/")

    assert response.status_code == 503
    assert b"RuntimeError" not in response.content
    assert [record.levelno for record in caplog.records if record.name == "saleor_crm_plugin.door"] == [logging.ERROR]
    assert "ada@" not in caplog.text
    assert not Contact.objects.exists()
