"""What the door takes as the shop's own word, and what it refuses: through the public address."""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from jwt import api_jws
from pytest_django import DjangoAssertNumQueries

from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.webhooks import events, inbox
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.webhooks.signing import SHOP, delivery, key, signed

pytestmark = [pytest.mark.urls("tests.door_urls"), pytest.mark.django_db]
MANY = examples(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
BODY = delivery(12)


@pytest.fixture(autouse=True)
def shops_key(settings: Any) -> None:
    """The shop signs with the tests' key."""
    settings.CRM_WEBHOOK_KEYS = "tests.webhooks.signing.public_keys"


def send(
    body: bytes, signature: str | None, method: str = "POST", path: str = events.PATH, **headers: str
) -> HttpResponse:
    if signature is not None:
        headers["HTTP_SALEOR_SIGNATURE"] = signature
    return Client().generic(method, path, body, content_type="application/json", **headers)  # type: ignore[return-value]


def hints() -> list[tuple[str, str]]:
    return list(InboxItem.objects.order_by("object_id").values_list("kind", "object_id"))


@pytest.mark.parametrize("kind", sorted(events.TYPES))
def test_each_event_of_ours_is_a_hint_about_its_variant(
    kind: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = delivery(4711, kind)

    with django_assert_num_queries(1):
        response = send(body, signed(body))

    assert (response.status_code, response.content) == (200, b"")
    assert hints() == [("stock", "4711")]


def test_the_same_delivery_again_is_the_same_row() -> None:
    for _time in range(3):
        assert send(BODY, signed(BODY)).status_code == 200

    assert hints() == [("stock", "12")]


def test_the_address_is_found_without_its_last_slash_too() -> None:
    assert send(BODY, signed(BODY), path=events.PATH.rstrip("/")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_only_a_post_is_a_delivery(method: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        response = send(BODY, signed(BODY), method)

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert hints() == []


def _token(header: dict[str, Any] | bytes, body: bytes = BODY, by: str = SHOP) -> str:
    """A detached token whose header is exactly this, signed by the key itself."""
    encoded = urlsafe_b64encode(header if isinstance(header, bytes) else json.dumps(header).encode()).rstrip(b"=")
    algorithm = api_jws.get_algorithm_by_name("RS256")
    return b"..".join(
        (encoded, urlsafe_b64encode(algorithm.sign(encoded + b"." + body, key(by))).rstrip(b"="))
    ).decode()


GOOD = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": "1", "typ": "JWT"}


def _with_public_key_as_secret() -> str:
    secret = key(SHOP).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = urlsafe_b64encode(json.dumps(GOOD | {"alg": "HS256"}).encode()).rstrip(b"=")
    mac = hmac.digest(secret, header + b"." + BODY, "sha256")
    return (header + b".." + urlsafe_b64encode(mac).rstrip(b"=")).decode()


def _unsigned() -> str:
    return urlsafe_b64encode(json.dumps(GOOD | {"alg": "none"}).encode()).rstrip(b"=").decode() + ".."


def _attached(payload: bytes) -> str:
    """As an access token is signed: with the right key, over a payload that it carries itself."""
    return api_jws.encode(payload, key(SHOP), algorithm="RS256", headers={"kid": "1"})


FORGED = {
    "none": lambda: None,
    "empty": lambda: "",
    "no token": lambda: "a8f5f167f44f4964e6c998dee827110c",
    "two dots": lambda: "..",
    "not ascii": lambda: "é" + signed(BODY),
    "another key": lambda: signed(BODY, by="somebody else's"),
    "another body": lambda: signed(delivery(13)),
    "an empty body": lambda: signed(b""),
    "no signature": lambda: signed(BODY).rpartition(".")[0] + ".",
    "cut off": lambda: signed(BODY)[:-5],
    "alg none": _unsigned,
    "the public key as a secret": _with_public_key_as_secret,
    "attached": lambda: _attached(BODY),
    "attached, another payload": lambda: _attached(b'{"email": "ada@example.com"}'),
    "the payload within": lambda: signed(BODY).replace("..", "." + urlsafe_b64encode(BODY).decode().rstrip("=") + "."),
    "b64 true": lambda: _token(GOOD | {"b64": True}),
    "b64 not said": lambda: _token({"alg": "RS256"}),
    "not critical": lambda: _token({"alg": "RS256", "b64": False}),
    "critical: nothing": lambda: _token(GOOD | {"crit": []}),
    "critical: a word": lambda: _token(GOOD | {"crit": "b64"}),
    "critical: unknown": lambda: _token(GOOD | {"crit": ["b64", "exp"], "exp": 0}),
    "critical: twice": lambda: _token(GOOD | {"crit": ["b64", "b64"]}),
    "no algorithm": lambda: _token({"b64": False, "crit": ["b64"]}),
    "another algorithm": lambda: _token(GOOD | {"alg": "RS512"}),
    "the algorithm a list": lambda: _token(GOOD | {"alg": ["RS256"]}),
    "the key's name a number": lambda: _token(GOOD | {"kid": 1}),
    "a header that is a list": lambda: _token(b'["RS256"]'),
    "a header of brackets": lambda: _token(b"[" * 700),
    "a header of no end": lambda: _token(b"{" + b" " * 20_000 + json.dumps(GOOD).encode()[1:]),
}


@pytest.mark.parametrize("how", FORGED)
def test_what_the_shop_did_not_sign_is_refused_unread(
    how: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = send(BODY, FORGED[how]())

    assert response.status_code == 401
    assert hints() == []


def test_the_tests_can_make_a_header_that_holds() -> None:
    assert send(BODY, _token(GOOD)).status_code == 200


def test_a_shop_without_keys_takes_nothing(settings: Any) -> None:
    settings.CRM_WEBHOOK_KEYS = "builtins.list"

    assert send(BODY, signed(BODY)).status_code == 401


@pytest.mark.parametrize("length", [events.LONGEST + 1, 3 * events.LONGEST])
def test_what_is_too_large_is_refused_before_its_signature(
    length: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = BODY + b" " * (length - len(BODY))

    with django_assert_num_queries(0):
        assert send(body, signed(body)).status_code == 413
    assert hints() == []


def test_what_is_just_not_too_large_is_taken() -> None:
    body = BODY + b" " * (events.LONGEST - len(BODY))

    assert send(body, signed(body)).status_code == 200


@pytest.mark.parametrize("announced", ["9" * 9, "9" * 5000, "-" * 20])
def test_an_absurd_length_is_refused(announced: str) -> None:
    assert send(BODY, signed(BODY), CONTENT_LENGTH=announced).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"ProductVariantBackInStock"', b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b"{}",
        delivery(1, "ProductVariantDeleted"),
        delivery(1, "product_variant_back_in_stock"),
        b'{"__typename": ["ProductVariantBackInStock"], "productVariant": {"id": "UHJvZHVjdFZhcmlhbnQ6MQ=="}}',
        b'{"__typename": "ProductVariantBackInStock"}',
        b'{"__typename": "ProductVariantBackInStock", "productVariant": null}',
        b'{"__typename": "ProductVariantBackInStock", "productVariant": "UHJvZHVjdFZhcmlhbnQ6MQ=="}',
        b'{"__typename": "ProductVariantBackInStock", "productVariant": {"id": 12}}',
        b'{"__typename": "ProductVariantBackInStock", "productVariant": {"id": "12"}}',
        b'{"data": {"event": {"__typename": "ProductVariantBackInStock"}}}',
        *[
            json.dumps({"__typename": "ProductVariantBackInStock", "productVariant": {"id": wrong}}).encode()
            for wrong in (
                global_id("Product", 12), global_id("ProductVariant", -1), global_id("ProductVariant", ""),
                global_id("ProductVariant", "1 OR 1=1"), global_id("ProductVariant", "٣"),
                global_id("ProductVariant", 2**63), global_id("ProductVariant", "1" * 400),
                global_id("ProductVariant", 12) + "\n", "\x00",
            )
        ],
    ],
)  # fmt: skip
def test_what_is_no_event_of_ours_is_refused_though_signed(
    body: bytes, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = send(body, signed(body))

    assert response.status_code == 400
    assert hints() == []


def test_while_the_database_is_away_the_shop_is_asked_to_send_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr(inbox, "hint", broken)

    assert send(BODY, signed(BODY)).status_code == 503  # Saleor repeats what was answered with 5xx


SIGNATURES = (
    st.none()
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
    | st.builds(signed, st.binary(max_size=20))
    | st.integers(0, len(signed(BODY)) - 1).map(lambda at: signed(BODY)[:at])
    | st.integers(0, len(signed(BODY)) - 1).map(lambda at: signed(BODY)[:at] + "." + signed(BODY)[at:])
    | st.dictionaries(
        st.sampled_from(["alg", "b64", "crit", "kid", "typ", "jwk", "x5u"]),
        st.sampled_from(["RS256", "none", "HS256", False, True, None, 0, ["b64"], {}, "http://127.0.0.1/"]),
    ).map(lambda header: _token(GOOD | header, by="somebody else's"))
)
HEADERS = st.dictionaries(
    st.sampled_from(["HTTP_SALEOR_EVENT", "HTTP_SALEOR_DOMAIN", "HTTP_X_SALEOR_SIGNATURE", "HTTP_AUTHORIZATION"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30) | st.just(signed(BODY)),
)


@given(
    st.sampled_from(["POST", "PUT", "GET", "BREW"]),
    st.sampled_from(["", "/", "//", "/..", "/%00", "?a=b", "/%0a"]),
    st.binary(max_size=60) | st.just(BODY),
    SIGNATURES,
    HEADERS,
)
@MANY
def test_nothing_unsigned_brings_it_down_or_leaves_anything(
    method: str, end: str, body: bytes, signature: str | None, headers: dict[str, str]
) -> None:
    response = send(body, signature, method, events.PATH.rstrip("/") + end, **headers)

    if signature != signed(body):  # it may find one
        assert response.status_code in (401, 404, 405)
        assert hints() == []


@given(st.integers(0, len(signed(BODY)) - 2), st.sampled_from("ABCxyz019-_.=+/ "))  # the last has bits that say nothing
@MANY
def test_a_changed_letter_spoils_a_signature(at: int, letter: str) -> None:
    real = signed(BODY)
    changed = real[:at] + letter + real[at + 1 :]

    assert send(BODY, changed).status_code == (200 if changed == real else 401)
    assert InboxItem.objects.exists() == (changed == real)
    InboxItem.objects.all().delete()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "__typename": st.sampled_from(sorted(events.TYPES)) | JSON,
        "productVariant": st.fixed_dictionaries({"id": st.sampled_from([global_id("ProductVariant", 7)]) | JSON})
        | JSON,
        "channel": JSON,
    },
)


@given(JSON | EVENT)
@MANY
def test_whatever_the_shop_signs_is_taken_or_refused(said: Any) -> None:
    InboxItem.objects.all().delete()
    body = json.dumps(said).encode()

    status = send(body, signed(body)).status_code

    assert status in (200, 400)
    assert hints() == ([("stock", "7")] if status == 200 else [])
