"""Mails in the owner's own words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails import inline
from saleor_crm_plugin.emails.blocks import Block, Kind, asked
from saleor_crm_plugin.emails.brand import BRAND
from saleor_crm_plugin.emails.example import EXAMPLES, bare
from saleor_crm_plugin.emails.languages import best, shipped
from saleor_crm_plugin.emails.own.build import build, built
from saleor_crm_plugin.emails.own.check import check, example
from saleor_crm_plugin.emails.own.names import LINES, NAMES, NEEDED, Name, Type
from saleor_crm_plugin.emails.own.words import Problem, Words
from saleor_crm_plugin.emails.render import MAILS, rendered, used_language

from .documents import elements, parse, squeezed
from .engines import ENGINES
from .owners import WORDS, WRITTEN_FOR


def body(written: str) -> Words:
    return Words("A subject", "", written)


def made(words: Words, template: str = "newsletter", content: dict[str, Any] | None = None) -> Any:
    return rendered(build(words, template, best("en")), template, "en", content or EXAMPLES[template])


def test_every_mail_can_be_said_in_other_words() -> None:
    # then
    assert set(NAMES) == set(LINES) == set(MAILS)


@pytest.mark.parametrize("language", sorted(shipped()))
def test_everything_that_is_allowed_makes_a_mail_in_every_language(language: str) -> None:
    # when
    mail = example(WORDS, WRITTEN_FOR, language)

    # then
    assert mail.subject == "Autumn is here, Anna"
    found = list(elements(mail.html))
    assert [squeezed(one.text_content()) for one in found if one.tag == "h1"] == ["Autumn at Maison Lind"]
    assert parse(mail.html).get("lang") == language
    assert "unsubscribe" in mail.html
    assert "{{" not in mail.html + mail.text
    assert "{%" not in mail.html + mail.text
    assert "A note that nobody gets" not in mail.html + mail.text


def test_the_text_part_says_all_that_the_html_does_with_its_addresses() -> None:
    # when
    text = example(WORDS, WRITTEN_FOR).text

    # then
    places = [
        "Autumn at Maison Lind",
        "Dear Anna, we have new things, and 20% off for you.",
        "another (https://example.com/a?b=1&c=2)",
        "Why wool & linen",
        "* They breathe",
        "My best coat.\nEver.",
        "See the coats\nhttps://shop.example.com/coats?sort=new",
        "CRM-7KQ2M-XWP4T-9HDZR",
        'For "you" & yours',
        "Coats",
        "Unsubscribe",
    ]
    assert [text.index(place) for place in places] == sorted(text.index(place) for place in places)


def test_of_somebody_unknown_the_default_is_said() -> None:
    # when
    mail = made(WORDS, WRITTEN_FOR, content=bare(WRITTEN_FOR))

    # then
    assert mail.subject == "Autumn is here"
    assert "Dear friend of the house," in mail.html


def test_the_blocks_of_both_parts_are_those_that_the_owner_asked_for() -> None:
    # when
    mail = build(WORDS, WRITTEN_FOR, best("de"))

    # then
    assert asked(mail.html) == asked(mail.text)
    assert [block.slot for block in asked(mail.html)] == ["recommended", "recommended_2", "popular"]
    assert asked(mail.html)[2] == Block(
        Kind.POPULAR, 4, pin=("linen-shirt", "wool-coat"), ban=("belt",), fallback=Kind.RECOMMENDED
    )


def _said(name: str, one: Name) -> str:
    if one.type == Type.LINK:
        return f'{{% button "Go" {name} %}}'
    if one.type == Type.LIST:
        fields = "".join(f"{{{{ one.{key} }}}}" for key, field in one.fields.items() if field.type == Type.TEXT)
        return f"{{% for one in {name} %}}<p>{fields}</p>{{% endfor %}}"
    if one.type == Type.FLAG:
        return f"{{% {name} %}}"
    return f"<p>{{% if {name} %}}{{{{ {name} }}}}{{% endif %}}</p>"


@pytest.mark.parametrize("template", MAILS)
def test_every_name_of_every_mail_has_a_value(template: str) -> None:
    # given
    said = "".join(_said(name, one) for name, one in NAMES[template].items())

    # when
    problems = check(body(f"<h1>All</h1>{said}{{% lines %}}"), template)

    # then
    assert problems == []


@pytest.mark.parametrize("template", sorted(NEEDED))
def test_a_mail_without_what_it_is_for_is_refused(template: str) -> None:
    # when
    problems = check(body("<h1>Hello</h1><p>Nothing here.</p>"), template)

    # then
    assert problems == [f"“{NEEDED[template][0]}” is missing: without it this mail misses its point."]


@pytest.mark.parametrize("template", sorted(NEEDED))
@pytest.mark.parametrize(
    "said",
    [
        "{{% if customer.first_name %}}{needed}{{% endif %}}",
        "{{% if not customer.first_name %}}{needed}{{% endif %}}",
    ],
)
def test_what_a_mail_is_for_stands_in_it_whoever_gets_it(template: str, said: str) -> None:
    # given
    (name,) = NEEDED[template]
    needed = f"<p>{{{{ {name} }}}}</p>" if name == "voucher.code" else f'{{% button "Go" {name} %}}'

    # when
    problems = check(body(f"<h1>Hello</h1>{said.format(needed=needed)}"), template)

    # then
    assert len(problems) == 1
    assert f"“{name}” is missing" in problems[0]
    assert check(body(f"<h1>Hello</h1>{needed}"), template) == []


@pytest.mark.parametrize(
    "said",
    ["<p>{{ voucher.code }}</p>", "{% voucher %}", "{% if voucher %}<p>A gift</p>{% endif %}"],
)
def test_a_newsletter_brings_no_voucher_and_says_so(said: str) -> None:
    # when
    (problem,) = check(body(f"<h1>A gift</h1>{said}"), "newsletter")

    # then
    assert problem.startswith("This mail brings no voucher:")


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("{{% if cart.count == 4 or cart.count == 2 %}}{needed}{{% endif %}}", False),
        ("{{% if cart.count > 0 %}}{needed}{{% else %}}<p>No.</p>{{% endif %}}", False),
        ("{{% if cart.count > 0 %}}{needed}{{% elif cart.count < 0 %}}{needed}{{% endif %}}", False),
        ("{{% for one in cart.lines %}}{needed}{{% endfor %}}", False),
        ("{{% if cart.count > 0 %}}{needed}{{% else %}}{needed}{{% endif %}}", True),
        ("{{% if cart.url %}}{needed}{{% endif %}}", True),
        ("{{% if cart.count == 3 %}}<p>Three.</p>{{% endif %}}{needed}", True),
    ],
)
@pytest.mark.parametrize("needed", ['<p><a href="{{ cart.url }}">Back</a></p>', '{% button "Back" cart.url %}'])
def test_no_condition_that_examples_meet_hides_what_a_mail_is_for(said: str, needed: str, good: bool) -> None:
    # when
    problems = check(body(f"<h1>Hello</h1>{said.format(needed=needed)}"), "abandoned_cart_1")

    # then
    assert (problems == []) == good


@pytest.mark.parametrize(
    ("subject", "good"),
    [
        ("{% if cart.count > 0 %}Your cart{% endif %}", False),
        ("{% if cart.count > 0 %}Your cart{% else %} {% endif %}", False),
        ("{% if cart.count > 0 %}Your cart{% else %}Hello{% endif %}", True),
        ("{% if cart.count == 3 %}Three: {% endif %}{{ cart.names }}", True),
    ],
)
def test_no_condition_leaves_the_subject_empty(subject: str, good: bool) -> None:
    # when
    problems = check(Words(subject, "", '<h1>T</h1>{% button "Back" cart.url %}'), "abandoned_cart_1")

    # then
    assert problems == ([] if good else [
        "The subject is empty where no condition holds: say something else behind {% else %}."
    ])  # fmt: skip


def test_text_without_paragraphs_gets_them_and_empty_lines_part_them() -> None:
    # when
    mail = made(body("<h1>T</h1>\nOne {{ shop.name }}\nand more.\n\nTwo.\n<hr>Three"))

    # then
    paragraphs = [squeezed(one.text_content()) for one in parse(mail.html).find_class("paragraph")]
    assert paragraphs == ["One Maison Lind and more.", "Two.", "Three"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("customer.first_name", True),
        ("not customer.first_name", False),
        ('customer.first_name == "Anna"', True),
        ('customer.first_name != "Anna" or cart.count > 3', True),
        ("cart.count >= 4 and cart.count < 5", True),
        ("cart.count > 4", False),
    ],
)
def test_conditions_hold_as_they_are_written(condition: str, holds: bool) -> None:
    # given
    said = f"<h1>T</h1><p>{{% if {condition} %}}yes{{% else %}}no{{% endif %}}</p>"

    # when
    mail = made(body(said), "abandoned_cart_1")

    # then
    assert (">yes<" in mail.html, ">no<" in mail.html) == (holds, not holds)


def test_a_button_that_leads_nowhere_is_left_out() -> None:
    # given
    words = body('<h1>T</h1>{% button "Off the list" stop_url %}')

    # when
    there, gone = (
        made(words, "price_drop", EXAMPLES["price_drop"] | {"cancel_url": url}) for url in ("https://a.example", "")
    )

    # then
    assert "Off the list" in there.html
    assert "Off the list" not in gone.html + gone.text


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{% load i18n %}", "no tag “load”"),
        ("{% include 'saleor_crm/base.html' %}", "no tag “include”"),
        ("{% extends 'x' %}", "no tag “extends”"),
        ("{% ssi '/etc/passwd' %}", "no tag “ssi”"),
        ("{% debug %}", "no tag “debug”"),
        ("{% now 'Y' %}", "no tag “now”"),
        ("{% verbatim %}", "no tag “verbatim”"),
        ("{% shown 'popular' limit=4 place=1 %}", "no tag “shown”"),
        ("{% plural 1 'a' 'b' %}", "no tag “plural”"),
        ("{% with a=shop.name %}", "no tag “with”"),
        ("{% autoescape off %}", "no tag “autoescape”"),
        ("{% %}", "no tag “”"),
        ("{{ customer }}", "no “customer”"),
        ("{{ language.catalogue }}", "no “language.catalogue”"),
        ("{{ brand.sans }}", "no “brand.sans”"),
        ("{{ unsubscribe_url }}", "no “unsubscribe_url”"),
        ("{{ shop.name.__class__ }}", "no “shop.name”|no name|can't be read"),
        ("{{ shop.name.upper }}", "no “shop.name.upper”"),
        ("{{ products.0.name }}", "no “products”|can't be read|is a list"),
        ("{{ _x }}", "no name of a value"),
        ("{{ 'text' }}", "no name of a value"),
        ("{{ shop.name|safe }}", "no filter “safe”"),
        ("{{ shop.name|default:shop.url }}", "takes a text"),
        ("{{ shop.name|default:_('x') }}", "can't be read|takes a text"),
        ("{{ shop.name|upper:'x' }}", "takes nothing"),
        ("{{ shop.name|truncatechars:'x' }}", "takes a number"),
        ("{{ shop.url }}", "is a link"),
        ("{{ shop.name", "curly bracket"),
        ("&#123;&#123; language.catalogue &#125;&#125;", "curly bracket"),
        ("&lcub;% debug %&rcub;", "curly bracket"),
        ("{{{ shop.name }}}", "no name of a value"),
        ("{% if shop.name %}x", "not ended"),
        ("{% endif %}", "no {% if %}"),
        ("{% if %}x{% endif %}", "where a name is expected"),
        ("{% if shop.name in products %}x{% endif %}", "joined by “and” or “or”"),
        ("{% if shop.name > 'x' %}x{% endif %}", "can't be compared"),
        ("{% if shop.name %}a{% else %}b{% else %}c{% endif %}", "last branch"),
        ("{% for a in shop.name %}x{% endfor %}", "is a text"),
        ("{% for shop in products %}x{% endfor %}", "another meaning"),
        ("{% for a in products %}{% for b in products %}x{% endfor %}{% endfor %}", "loop can't stand in a loop"),
        ("{% for a in products %}{% products 'popular' %}{% endfor %}", "can't stand in a loop"),
        ("{% for a in products %}{% endfor %}{{ a.name }}", "no “a.name”"),
        ("<p>{% if shop.name %}</p>{% endif %}", "to be ended first"),
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<style>a{}</style>", "<style> is not allowed"),
        ("<img src=x onerror=alert(1)>", "<img> is not allowed"),
        ("<table><tr><td>x</td></tr></table>", "<table> is not allowed"),
        ("<p style='color:red'>x</p>", "can't have “style"),
        ("<p onclick=x>x</p>", "can't have “onclick"),
        ("<p {% if shop.name %}align=center{% endif %}>x</p>", "can't have"),
        ("<a href='javascript:alert(1)'>x</a>", "no web address"),
        ("<a href='data:text/html,x'>x</a>", "no web address"),
        ("<a href='https://a.example/{{ shop.name }}'>x</a>", "not put together"),
        ("<a href='{{ shop.name }}'>x</a>", "is a text"),
        ("<a>x</a>", "has an address"),
        ("<a href='https://a.example'>x<a href='https://b.example'>y</a></a>", "can't stand in a link"),
        ("{% button 'Go' 'javascript:alert(1)' %}", "no web address"),
        ("{% button 'Go' %}", "a text and a link"),
        ("{% button 'Go' shop.url class='x' %}", "no option “class”"),
        ("{% button 'G\\'o' shop.url %}", "in quotes"),
        ("{% image 'https://a.example/x.png' %}", "alt text"),
        ("{% products 'bestsellers' %}", "no products of the kind"),
        ("{% products 'popular' limit=99 %}", "2 to 12"),
        ("{% products 'popular' limit=x %}", "no number"),
        ("{% products 'popular' price_max=1e9 %}", "no amount"),
        ("{% products 'popular' place=2 %}", "no option “place”"),
        ("{% products 'popular' category='a b' %}", "no slug"),
        ("<!-- {% debug %} -->", "comments are not allowed"),
        ("<!DOCTYPE html>", "only the body"),
        ("<h1>Another</h1>", "one h1"),
        ("<p>open", "not ended"),
        ("</div>", "ends nothing"),
        ("<ul>x</ul>", "in <li>"),
        ("<li>x</li>", "in a list"),
        ("<p><h2>x</h2></p>", "can't stand in <p>"),
        ("a\x00b", "can't be shown"),
        ("a\ue0000\ue001b", "can't be shown"),
        ("&#xe000;5&#xe001;", "can't be shown"),
        (f"&#57344;{'9' * 5000}&#57345", "can't be shown"),
        (f"&#{'9' * 5000};", "can't be shown"),
        ("<a href='&#xe000;7&#xe001;'>x</a>", "can't be shown"),
        ("crmtoken0001x", "placeholder"),
        ("{% if shop.name %}" * 9 + "{% endif %}" * 9, "nested"),
        ("{{ shop.name }}" * 201, "more than 200"),
        ("x" * 30_001, "at most 30000"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_in_plain_words(written: str, told: str) -> None:
    # when
    problems = check(body(f"<h1>T</h1>{written}"), "newsletter")

    # then
    (problem,) = problems
    assert any(part.lower() in problem.lower() for part in told.split("|")), problem


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (Words("", "", "<h1>T</h1>"), "subject is empty"),
        (Words("{{ customer.first_name }}", "", "<h1>T</h1>"), "subject is empty"),
        (Words("a\nBcc: x@example.com", "", "<h1>T</h1>"), "one line"),
        (Words("{% products 'popular' %}", "", "<h1>T</h1>"), "no tag “products”"),
        (Words("{% for a in products %}x{% endfor %}", "", "<h1>T</h1>"), "body only"),
        (Words("a" * 201, "", "<h1>T</h1>"), "at most 200"),
        (Words("a", "b" * 251, "<h1>T</h1>"), "at most 250"),
    ],
)  # fmt: skip
def test_a_subject_is_one_line_that_says_something(words: Words, told: str) -> None:
    # when
    problems = check(words, "newsletter")

    # then
    assert len(problems) == 1
    assert told in problems[0]


def test_there_are_words_only_for_mails_that_we_have() -> None:
    # when
    problems = check(body("<h1>T</h1>"), "../../etc/passwd")

    # then
    assert "There is no mail named" in problems[0]


def test_what_customers_are_called_is_never_taken_for_a_tag_or_html() -> None:
    # given
    words = Words("For {{ customer.first_name }}", "", "<h1>Hello {{ customer.first_name|upper }}</h1>")
    name = "{{ shop_name }}<b>{% debug %}"

    # when
    mail = made(words, content=EXAMPLES["newsletter"] | {"first_name": name})

    # then
    assert mail.subject == f"For {name}"
    assert "Hello {{ SHOP_NAME }}&lt;B&gt;{% DEBUG %}" in mail.html


def test_texts_in_tags_are_text_in_html_and_as_written_in_the_text_part() -> None:
    # given
    said = """<h1>{{ customer.first_name|default:'you & "I" <b>' }}</h1>{% button 'A & "B" <i>' shop.url %}"""

    # when
    mail = made(body(said), content=bare("newsletter"))

    # then
    assert ">you &amp; &quot;I&quot; &lt;b&gt;</h1>" in mail.html
    assert parse(mail.html).find_class("button-link")[0].text_content() == 'A & "B" <i>'
    assert 'you & "I" <b>' in mail.text
    assert 'A & "B" <i>' in mail.text


def test_the_same_words_are_compiled_once_in_a_process() -> None:
    # when
    one, other = (built(body("<h1>Once</h1>"), "newsletter", best("en"), BRAND) for _ in range(2))

    # then
    assert one is other


@pytest.mark.parametrize("engine", ENGINES)
def test_inlining_keeps_an_owners_mail_as_it_is(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr("saleor_crm_plugin.emails.inline.chosen", lambda: engine)

    # when
    mail = made(WORDS, WRITTEN_FOR)

    # then
    assert [one.get("href") for one in elements(mail.html) if one.get("class") == "button-link"] == [
        "https://shop.example.com/coats?sort=new"
    ]


PIECES = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{", "}", "%", "{#", "#}", "<", ">", "&", ";", "&#123;", "&#125;", "&lcub;", "&amp;",
        "<p>", "</p>", "<b>", "</b>", "<a href='", "'>", "</a>", "<h2>", "</h2>", "<ul><li>", "</li></ul>", "<!--",
        "-->", "<![CDATA[", "]]>", "<?", "\n\n", " ", "if", "endif", "shop.name", "customer.first_name", "|", ":",
        "default", "'x'", '"y"', "language.catalogue", "__class__", "products", "debug", "verbatim", "{{ shop.name }}",
        "{% if voucher %}", "{% else %}", "{% endif %}", "{% for a in products %}", "{{ a.name }}", "{% endfor %}",
        "{% voucher %}", "{% hr %}", "<br>", "\x00", "é", "\u202e", "</title>", "</style>", "[if mso]",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_whatever_is_written_is_refused_or_makes_a_whole_mail(written: str) -> None:
    # when
    try:
        mail = example(body(f"<h1>T</h1><p>{{{{ shop.name }}}}</p>{written}"), "newsletter")
    except Problem:
        return

    # then: our frame stands around it as it does around any
    document = parse(mail.html)
    assert len(document.find_class("card")) == len(document.find_class("foot")) == 1
    assert not document.xpath("//script|//style[contains(., 'T')]|//*[@onclick]")
    assert "gettext" not in mail.html
    assert EXAMPLES["newsletter"]["unsubscribe_url"] in mail.html
    assert EXAMPLES["newsletter"]["unsubscribe_url"] in mail.text


HEBREW = Words("שלום", "", "<h1>שלום</h1><p>מה חדש (עכשיו).</p>")


@pytest.mark.parametrize("engine", ENGINES)
def test_words_from_right_to_left_stand_on_the_right_in_a_frame_that_keeps_its_own_direction(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(inline, "chosen", lambda: engine)

    # when
    mail = example(HEBREW, "newsletter", "he")

    # then
    page = parse(mail.html)
    (row,) = page.find_class("own-row")
    assert (page.get("lang"), page.get("dir"), mail.language) == ("he", "rtl", "he")
    assert "text-align:right" in row.get("style", "").replace(": ", ":")
    ours = [one for one in elements(mail.html) if one.get("lang") == "en"]
    assert {one.get("dir") for one in ours} == {"ltr"}
    assert [squeezed(one.text_content())[:11] for one in ours] == ["View in bro", "You receive", "Email prefe"]


@pytest.mark.parametrize(("written_in", "told"), [("es", "es"), ("en-gb", "en"), ("", "en"), ("nonsense?", "en")])
def test_the_language_of_words_is_told_where_we_know_it(written_in: str, told: str) -> None:
    # given: who speaks English, or what is none of ours
    speaks = written_in if written_in == "es" else "en"
    content = EXAMPLES["newsletter"] | {"written_in": written_in}

    # when
    mail = rendered(build(HEBREW, "newsletter", used_language(speaks, content)), "newsletter", speaks, content)

    # then
    assert (mail.language, parse(mail.html).get("lang")) == (told, told)
