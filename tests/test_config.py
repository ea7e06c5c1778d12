"""The owner's settings: what is taken, what is refused in plain words, and what can't get into a mail or a link."""

from contextlib import suppress
from datetime import time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from saleor_crm_plugin import config
from saleor_crm_plugin.config import BY_NAME, FIELDS, ConfigError, Kind, parse
from saleor_crm_plugin.emails import links
from saleor_crm_plugin.shop.port import Cart
from saleor_crm_plugin.values import QuietHours
from tests.road import NOON
from tests.test_customer_settings import BAD

SWITCHED_ON = {
    "abandoned_cart_enabled": True,
    "storefront_url": "https://shop.example.com",
    "sender_address": "hello@news.example.com",
}
HEADERS = ("sender_name", "sender_address", "reply_to", "unsubscribe_address")
CART = Cart(
    id="c1", email="", user_id=None, user_email="", channel="eu", currency="EUR", language="de", country="",
    created_at=NOON, changed_at=NOON, lines=(), total=0, consent=None, visitor_id="",
)  # fmt: skip

# Text with everything that has ever moved a link or split a header.
nasty = st.text(
    st.sampled_from("ab/.:@\\?#%{}id&=; \t\r\n\x00\x0b\x85\u2028\u202e\uff0f\u3002\ud800[]\"'<>é日"), max_size=30
)
anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40) | nasty
    | st.lists(st.text(max_size=5), max_size=3) | st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)
)  # fmt: skip


def problems(**raw: object) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse(raw)
    return caught.value.problems


def test_what_is_installed_is_valid_and_sends_nothing() -> None:
    settings = parse({})

    assert settings == parse({field.name: field.default for field in FIELDS}) == parse(dict.fromkeys(BY_NAME))
    assert not settings.abandoned_cart_enabled
    assert settings.abandoned_cart_delay == timedelta(hours=4)
    assert settings.abandoned_cart_second_delay == timedelta(hours=24)
    assert settings.holdout_percent == 10
    assert settings.quiet_hours == QuietHours(time(21), time(8))


def test_what_an_older_version_stored_is_ignored() -> None:
    assert parse({"no_such_setting": "x"}) == parse({})


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("sender_name", "  Müller & Söhne ", "Müller & Söhne"),
        ("sender_name", "مرحبا", "مرحبا"),
        ("sender_address", " hello@example.com ", "hello@example.com"),
        ("sender_address", "hello@Bücher.example", "hello@xn--bcher-kva.example"),
        ("sender_address", "", ""),
        ("reply_to", "Help+Us@Example.com", "Help+Us@Example.com"),
        ("unsubscribe_address", "", ""),
        ("storefront_url", "https://shop.example.com/", "https://shop.example.com"),
        ("storefront_url", "HTTPS://Shop.Example.com:8443/de//", "https://shop.example.com:8443/de"),
        ("storefront_url", "http://localhost:3000", "http://localhost:3000"),
        ("storefront_url", "http://[::1]:3000", "http://[::1]:3000"),
        ("storefront_url", "https://bücher.example", "https://xn--bcher-kva.example"),
        ("cart_path", "/{channel}/{language}/cart/{token}", "/{channel}/{language}/cart/{token}"),
        ("cart_path", "/#/cart/{id}", "/#/cart/{id}"),
        ("product_path", "/p/{slug}", "/p/{slug}"),
        ("abandoned_cart_delay", "30 min", timedelta(minutes=30)),
        ("abandoned_cart_delay", "90m", timedelta(minutes=90)),
        ("abandoned_cart_delay", "1 Hour", timedelta(hours=1)),
        ("abandoned_cart_second_delay", "30 d", timedelta(days=30)),
        ("abandoned_cart_delay", "5 min", timedelta(minutes=5)),
        ("holdout_percent", "0", 0),
        ("holdout_percent", " 50 % ", 50),
        ("holdout_percent", 10, 10),
        ("quiet_hours", "", QuietHours(time(0), time(0))),
        ("quiet_hours", "20:30 – 07:30", QuietHours(time(20, 30), time(7, 30))),
        ("quiet_hours", "13-15", QuietHours(time(13), time(15))),
        ("time_zone", "Europe/Berlin", ZoneInfo("Europe/Berlin")),
        ("consent_key", "newsletter.opt-in:v2", "newsletter.opt-in:v2"),
        ("allow_list", "@Staff.example\n Boss@example.org;a@b.org,", ("@staff.example", "boss@example.org", "a@b.org")),
        ("allow_list", "@bücher.example", ("@xn--bcher-kva.example",)),
        ("abandoned_cart_enabled", "false", False),
    ],
)  # fmt: skip
def test_what_owners_type_is_read(name: str, typed: object, read: object) -> None:
    assert getattr(parse({name: typed}), name) == read


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("host", "SMTP.Example.com", "smtp.example.com"),
        ("host", "mail", "mail"),
        ("host", "::1", "::1"),
        ("host", "", ""),
        ("port", "465", 465),
        ("port", 25, 25),
        ("user", " me@example.com ", "me@example.com"),
        ("password", " a b! ", " a b! "),
        ("starttls", "no", False),
        ("ssl", "0", False),
    ],
)
def test_what_owners_type_of_their_mail_server_is_read(name: str, typed: object, read: object) -> None:
    assert getattr(parse({f"smtp_{name}": typed}).smtp, name) == read


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("sender_name", "Shop\nBcc: eve@example.com"),
        ("sender_name", "Shop\rBcc: eve@example.com"),
        ("sender_name", "Shop\u2028Bcc"),
        ("sender_name", "Shop\x85Bcc"),
        ("sender_name", "Shop\x00"),
        ("sender_name", "\u202egnihton\u202c Shop"),
        ("sender_address", "hello"),
        ("sender_address", "a@example.com, b@example.com"),
        ("sender_address", "Shop <a@example.com>"),
        ("sender_address", "a@example.com\nBcc: b@example.com"),
        ("sender_address", '"a b"@example.com'),
        ("sender_address", "a@[127.0.0.1]"),
        ("sender_address", "ſhop@example.com"),
        ("reply_to", "@example.com"),
        ("unsubscribe_address", "a@b"),
        ("smtp_host", "smtp.example.com:587"),
        ("smtp_host", "https://smtp.example.com"),
        ("smtp_host", "smtp example com"),
        ("smtp_host", "a" * 64 + ".example.com"),
        ("smtp_host", "a..b"),
        ("smtp_port", "0"),
        ("smtp_port", "65536"),
        ("smtp_port", "-1"),
        ("smtp_port", "587.0"),
        ("smtp_port", "٥٨٧"),
        ("smtp_port", ""),
        ("smtp_port", "9" * 5000),
        ("smtp_user", "josé"),
        ("smtp_password", "pässwort"),
        ("smtp_password", "pass\nword"),
        ("sending_connections", "0"),
        ("sending_connections", "33"),
        ("sending_connections", ""),
        ("sending_renew_after", "0"),
        ("sending_renew_after", "-5"),
        ("sending_rate", "0"),
        ("sending_rate", "fast"),
        ("sending_rate", "5 / year"),
        ("look", "accent"),
        ("look", "colour = #000000"),
        ("look", "accent = green"),
        ("look", "accent = #8ed3c1"),  # not to be read on white
        ("look", "ink = #777777\nground = #dddddd"),
        ("look", "ground = #222222"),
        ("look", "poland: ground = #222222\nink = #333333"),
        ("look", "logo = http://shop.example.com/logo.png"),
        ("look", "logo = https://shop.example.com/{{ x }}.png"),
        ("look", "logo width = 1000"),
        ("look", "font = 'Inter', Arial"),
        ("look", "address = {% debug %}"),
        ("look", "instagram = @shop"),
        ("look", "accent = #174c40\naccent = #174c40"),
        ("sending_senders", "poland"),
        ("sending_senders", "poland = czesc@example.pl"),
        ("sending_senders", "poland = <czesc>"),
        ("sending_senders", "two words = <czesc@example.pl>"),
        ("sending_senders", "poland = <czesc@example.pl>, nobody"),
        ("sending_senders", "poland = <a@example.pl>\npoland = <b@example.pl>"),
        ("sending_senders", "poland = Shop <a@example.pl> <b@example.pl>"),
        ("sending_senders", "poland = \u202epohS <a@example.pl>"),
        ("smtp_starttls", "maybe"),
        ("trust_unconfirmed", "maybe"),
        ("storefront_url", "shop.example.com"),
        ("storefront_url", "ftp://shop.example.com"),
        ("storefront_url", "javascript:alert(1)"),
        ("storefront_url", "https://"),
        ("storefront_url", "https://shop.example.com@evil.example"),
        ("storefront_url", "https://@evil.example"),
        ("storefront_url", "https://:pass@evil.example"),
        ("storefront_url", "https://evil.example\\.shop.example.com"),
        ("storefront_url", "https://shop.example.com#"),
        ("storefront_url", "https://shop.example.com?"),
        ("storefront_url", "https://shop.example.com?next=https://evil.example"),
        ("storefront_url", "https://shop.exa\tmple.com"),
        ("storefront_url", "https://shop example.com"),
        ("storefront_url", "https://shop.example.com:99999"),
        ("storefront_url", "https://shop.example.com:port"),
        ("storefront_url", "https://["),
        ("storefront_url", "https://shop.example.com/{id}"),
        ("cart_path", "cart?checkout={id}"),
        ("cart_path", "//evil.example/{id}"),
        ("cart_path", "/\\evil.example/{id}"),
        ("cart_path", "/cart"),
        ("cart_path", "/cart/{id}/{secret}"),
        ("cart_path", "/cart/{{id}}"),
        ("cart_path", "/cart/{id"),
        ("cart_path", "/cart/{id}\r\nX: y"),
        ("cart_path", "/cart {id}"),
        ("cart_path", "@evil.example/{id}"),
        ("product_path", "/p/{id}"),
        ("abandoned_cart_delay", "4"),
        ("abandoned_cart_delay", "4 weeks"),
        ("abandoned_cart_delay", "4 min"),
        ("abandoned_cart_second_delay", "31 d"),
        ("abandoned_cart_delay", "-4 h"),
        ("abandoned_cart_delay", "1.5 h"),
        ("holdout_percent", "51"),
        ("holdout_percent", "-1"),
        ("holdout_percent", "ten"),
        ("holdout_percent", "²"),
        ("quiet_hours", "21"),
        ("quiet_hours", "21-24"),
        ("quiet_hours", "21:60-8"),
        ("quiet_hours", "9pm-8am"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("consent_key", ""),
        ("consent_key", "a b"),
        ("consent_key", "x" * 65),
        ("allow_list", "everybody"),
        ("allow_list", "@"),
        ("allow_list", "@com@example.com"),
        ("abandoned_cart_enabled", "perhaps"),
        ("flows", "welcome on"),
        ("flows", "welcome = on, 1"),
        ("flows", "welcome = on, 400 d"),
        ("flows", "welcome = on\nwelcome = off"),
        ("back_in_stock_enabled", "perhaps"),
        ("out_of_stock_enabled", "perhaps"),
        ("price_drop_enabled", "perhaps"),
        ("voucher_tiers", "A"),
        ("voucher_tiers", "= 20 %"),
        ("voucher_tiers", "points = 20 %"),
        ("voucher_tiers", "A = 20 %\na = 15 %"),
        ("voucher_tiers", "A = 101 %"),
        ("voucher_tiers", "A = 0 EUR"),
        ("voucher_tiers", "A = 10 EUR / 10 EUR"),
        ("voucher_tiers", "A = 10 XXQ"),
        ("voucher_tiers", "A = 0.001 EUR"),
        ("voucher_tiers", "A = 0.5 JPY"),
        ("voucher_tiers", "A = 20 %, for everybody"),
        ("voucher_tiers", "A = 20 %, valid for ever"),
        ("voucher_tiers", "A = 20 %, valid 7 d, valid 8 d"),
        ("voucher_tiers", "A = 20 %, at most 0"),
        ("voucher_tiers", "A = 20 %, channels eu / no such channel"),
        ("voucher_tiers", "A = 20 %, budget 5000 EUR"),
        ("voucher_tiers", "A = 20 %, budget 5000 EUR, counts 60 PLN"),
        ("voucher_tiers", "A = 10 EUR, budget 5000 PLN"),
        ("voucher_tiers", "A = 10 EUR, counts 10 EUR"),
        ("voucher_prefix", "summer sale"),
        ("voucher_prefix", "X" * 13),
        ("voucher_points", "100"),
        ("voucher_points", "0 EUR"),
        ("voucher_points", "100 EUR, 90 EUR"),
        ("voucher_points_valid", "for ever"),
        ("stock_confirm", "perhaps"),
        ("stock_kept", "for ever"),
        ("stock_order", "newest"),
        ("stock_per_unit", "0"),
        ("stock_per_unit", "21"),
        ("stock_per_unit", "1,5"),
        ("stock_wave", "5 min"),
        ("stock_wave", "6 hours"),
        ("stock_restock_key", "a b"),
        ("stock_drop_percent", "0"),
        ("stock_drop_percent", "91"),
        ("out_of_stock_delay", "4 min"),
        ("link_clicks", "perhaps"),
        ("link_opens", "perhaps"),
        ("link_hosts", "https://shop.example.com"),
        ("link_hosts", "shop.example.com/path"),
        ("link_hosts", "a@shop.example.com"),
        ("link_utm", "campaign"),
        ("link_utm", "utm_source=crm&utm_source=shop"),
        ("link_utm", "utm_campaign={customer}"),
        ("link_utm", "utm_campaign={flow"),
        ("link_utm", "a b=c"),
        ("newsletter_enabled", "perhaps"),
        ("newsletter_confirm", "perhaps"),
        ("sunset", "10"),
        ("bounce_host", "https://imap.example.com"),
        ("bounce_port", "0"),
        ("bounce_user", "ä"),
        ("bounce_password", "ä"),
        ("bounce_folder", ""),
        ("bounce_soft", "1"),
        ("bounce_ssl", "perhaps"),
        ("sunset", "20, 10"),
        ("sunset", "1, 2"),
    ],
)
def test_what_can_not_be_used_is_refused_in_a_plain_sentence(name: str, typed: object) -> None:
    found = problems(**{name: typed})

    assert list(found) == [name]
    assert found[name].endswith(".")
    assert "codec" not in found[name]


def test_every_field_has_a_bad_value_that_is_refused() -> None:
    assert {mark.args[1][n][0] for mark in test_what_can_not_be_used_is_refused_in_a_plain_sentence.pytestmark for n in
            range(len(mark.args[1]))} | {name for name, _ in BAD} | {"smtp_ssl"} == set(BY_NAME)  # fmt: skip


def test_one_error_names_every_bad_field_by_its_label() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"smtp_port": "x", "holdout_percent": "x", "storefront_url": "x", "sender_name": "fine"})

    assert set(caught.value.problems) == {"smtp_port", "holdout_percent", "storefront_url"}
    assert all(f"“{BY_NAME[name].label}” " in str(caught.value) for name in caught.value.problems)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"smtp_starttls": True, "smtp_ssl": True}, "smtp_ssl"),
        ({"abandoned_cart_delay": "24 h"}, "abandoned_cart_second_delay"),
        ({**SWITCHED_ON, "storefront_url": ""}, "storefront_url"),
        ({**SWITCHED_ON, "sender_address": ""}, "sender_address"),
        ({"back_in_stock_enabled": True, "sender_address": "a@s.example"}, "storefront_url"),
        ({"flows": "welcome = on", "sender_address": "a@s.example"}, "storefront_url"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(raw: dict[str, object], field: str) -> None:
    assert list(problems(**raw)) == [field]


def test_a_flow_may_be_switched_on_when_all_it_needs_is_there() -> None:
    assert parse(SWITCHED_ON).abandoned_cart_enabled


@pytest.mark.parametrize(
    ("email", "out"),
    [
        ("a@staff.example", True), ("boss@example.org", True), ("a@example.org", False),
        ("a@evil-staff.example", False), ("a@sub.staff.example", False), ("", False),
    ],
)  # fmt: skip
def test_the_allow_list_lets_out_addresses_and_whole_domains(email: str, out: bool) -> None:
    assert parse({"allow_list": "@staff.example boss@example.org"}).may_receive(email) is out


def test_an_empty_allow_list_lets_all_out() -> None:
    assert parse({}).may_receive("a@example.org")


def test_every_field_explains_itself() -> None:
    for field in FIELDS:
        assert field.label
        assert field.help.endswith(".")
        assert isinstance(field.default, bool) == (field.kind == Kind.FLAG)


@hypothesis(suppress_health_check=[HealthCheck.too_slow])  # there are many settings
@given(st.dictionaries(st.sampled_from([*BY_NAME, "unknown"]), anything))
def test_whatever_is_stored_is_either_read_or_refused(raw: dict[str, object]) -> None:
    with suppress(ConfigError):
        assert isinstance(parse(raw), config.Settings)


@given(st.sampled_from(HEADERS), nasty | st.text())
def test_nothing_that_breaks_a_line_gets_into_a_header(name: str, typed: str) -> None:
    try:
        value = getattr(parse({name: typed}), name)
    except ConfigError:
        return
    assert len(f"{value}|".splitlines()) == 1
    assert all(character.isprintable() or character > "\x9f" for character in value)


@given(
    st.sampled_from(["https://shop.example.com", "https://shop.example.com/de"]) | nasty.map("https://shop.example.com{}".format),
    nasty.map("/{}".format) | st.just("/cart?checkout={id}"),
    nasty,
)  # fmt: skip
def test_a_link_in_a_mail_never_leads_to_another_host(storefront: str, path: str, reference: str) -> None:
    try:
        settings = parse({"storefront_url": storefront, "cart_path": path + "{id}"})
    except ConfigError:
        return
    host = urlsplit(settings.storefront_url).hostname

    try:
        link = links.cart(settings, CART, reference, "abandoned_cart")
    except UnicodeEncodeError:
        assert any("\ud800" <= character <= "\udfff" for character in reference)
        return

    assert urlsplit(link).hostname == host
    assert "\\" not in link
    assert "utm_source=crm" in link or "#" in link
