"""The owner's brand in mails: logo, colours, fonts, address, social links, by channel."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin import config
from saleor_crm_plugin.config import Look
from saleor_crm_plugin.config.colours import contrast
from saleor_crm_plugin.emails.brand import BRAND, brand_of
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.render import render
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of
from tests.road import Road

from .documents import elements, parse

LOOK = """
logo = https://cdn.example.com/logo.png
logo width = 180
accent = #7a1f3d
ground = #f7f2ee
ink = #221a17
font = Inter, Arial, sans-serif
headings = Playfair Display, Georgia, serif
address = Lind & Söhne, Lindenstraße 4, 10969 Berlin
instagram = https://www.instagram.com/lind?hl=de&x=1
poland: address = Lind, ul. Lipowa 4, Warszawa
poland: tiktok = https://www.tiktok.com/@lind
"""


@pytest.fixture(scope="module")
def settings() -> config.Settings:
    return config.parse({"look": LOOK})


def test_without_a_look_mails_look_as_ours_do() -> None:
    # when / then
    assert brand_of(config.parse({}).look_of("eu")) == BRAND


def test_a_mail_has_the_brand_in_both_parts(settings: config.Settings) -> None:
    # when
    mail = render("welcome", "de", EXAMPLES["welcome"], brand_of(settings.look_of("eu")))

    # then
    (logo,) = parse(mail.html).find_class("logo")
    assert logo.get("src") == "https://cdn.example.com/logo.png"
    assert (logo.get("alt"), logo.get("width")) == ("Maison Lind", "180")
    assert "Lind &amp; Söhne, Lindenstraße 4, 10969 Berlin" in mail.html
    assert "Lind & Söhne, Lindenstraße 4, 10969 Berlin" in mail.text
    links = [one.get("href") for one in elements(mail.html) if one.tag == "a"]
    assert "https://www.instagram.com/lind?hl=de&x=1" in links
    assert "Instagram: https://www.instagram.com/lind?hl=de&x=1" in mail.text
    assert "#7a1f3d" in parse(mail.html).find_class("button-ground")[0].get("style")
    assert "Playfair Display" in parse(mail.html).find_class("title")[0].get("style")


def test_a_channel_has_its_own_and_the_rest_of_all(settings: config.Settings) -> None:
    # when
    poland, eu = settings.look_of("poland"), settings.look_of("eu")

    # then
    assert poland.address == "Lind, ul. Lipowa 4, Warszawa"
    assert eu.address == "Lind & Söhne, Lindenstraße 4, 10969 Berlin"
    assert poland.logo == eu.logo
    assert [name for name, _ in poland.social] == ["Instagram", "TikTok"]


COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True) | st.just("")


@given(accent=COLOURS, ground=COLOURS, ink=COLOURS)
def test_whatever_colours_are_taken_all_text_can_be_read(accent: str, ground: str, ink: str) -> None:
    # given: those that the settings take
    chosen = {name: value for name, value in (("accent", accent), ("ground", ground), ("ink", ink)) if value}
    try:
        look = config.parse({"look": "\n".join(f"{name} = {value}" for name, value in chosen.items())}).look_of("")
    except config.ConfigError:
        return

    # when
    brand = brand_of(look)

    # then
    for scheme in (brand.light, brand.dark):
        for text, on in product((scheme.ink, scheme.muted), (scheme.page, scheme.card, scheme.tint)):
            assert contrast(text, on) >= 4.5
        assert contrast(scheme.on_accent, scheme.accent) >= 4.5
        assert contrast(scheme.accent, scheme.card) >= 4.5
        assert contrast(scheme.sale, scheme.card) >= 4.5


def test_a_mail_leaves_with_the_look_of_its_channel(road: Road) -> None:
    # given
    road.set(look=LOOK)
    road.cart(*road.make_product())
    road.work()

    # when
    road.wait(hours=4, minutes=1)
    (mail,) = road.work()

    # then
    assert "https://cdn.example.com/logo.png" in html_of(mail)


def test_look_of_is_what_is_said_of_the_channel() -> None:
    # when / then
    assert config.parse({"look": "eu: accent = #000000"}).look == {"": Look(), "eu": Look(accent="#000000")}
