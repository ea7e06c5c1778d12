"""From template to compiled mail: what both inlining engines have to keep."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest
from django.template import Context
from django.test import override_settings

from saleor_crm_plugin.emails import inline as inliner
from saleor_crm_plugin.emails.compile import CompileError, compile_html, compiled, lint, protect, restore
from saleor_crm_plugin.emails.languages import best, shipped
from saleor_crm_plugin.emails.render import MAILS
from saleor_crm_plugin.emails.source import defer, first_pass, translated

from .documents import elements, parse
from .engines import ENGINES

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>{{ subject }}</title>
<style data-inlined>.a { color: #123456; } .b { color: #654321; }</style>
<style>@media (max-width: 600px) { .a { color: #000000 !important; } }</style></head>
<body><h1>T</h1><table role="presentation" class="{% if wide %}w{% endif %}"><tbody>
{% for line in lines %}<tr><td class="a">{{ line }}</td></tr>{% if line != 'x' %}<tr><td class="b"></td></tr>{% endif %}
{% endfor %}</tbody></table>
<!--[if mso]><a href="{{ mso }}">{% if a > b %}x{% endif %}</a><![endif]-->
<p><a class="a" href="{{ url }}?x={{ y }}"><img src="{{ src }}" alt="{{ name }}"></a></p></body></html>"""


@pytest.fixture(autouse=True)
def forget_the_choice_of_engine() -> Iterator[None]:
    yield
    inliner._engine.cache_clear()


@pytest.mark.parametrize("engine", ENGINES)
def test_every_template_tag_survives_inlining_where_it_stood(engine: str) -> None:
    # given
    tokens = protect(PAGE)[1]

    # when
    html = compile_html(PAGE, engine)

    # then
    assert sorted(protect(html)[1]) == sorted(tokens)
    assert 'href="{{ url }}?x={{ y }}"' in html
    assert "{% if line != 'x' %}" in html
    assert '<!--[if mso]><a href="{{ mso }}">{% if a > b %}x{% endif %}</a><![endif]-->' in html
    assert html.index("<tbody>") < html.index("{% for line in lines %}") < html.index("<tr>")


@pytest.mark.parametrize("engine", ENGINES)
def test_rules_go_into_elements_and_only_the_adaptive_sheet_stays(engine: str) -> None:
    # when
    html = compile_html(PAGE, engine)

    # then
    styles = {element.get("class"): element.get("style", "") for element in elements(html) if element.get("class")}
    assert "#123456" in styles["a"]
    assert "#654321" in styles["b"]
    assert "@media (max-width: 600px)" in html
    assert "!important" in html
    assert html.count("<style") == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("language", sorted(shipped()))
def test_every_mail_compiles_in_every_language(name: str, language: str, engine: str) -> None:
    # given
    source = translated(f"{name}.html", best(language))

    # when
    html = compile_html(source, engine)

    # then
    assert sorted(protect(html)[1]) == sorted(protect(source)[1])
    assert "crmtoken" not in html
    assert len(html.encode()) < 30_000
    assert max(len(line.encode()) for line in html.split("\n")) <= 998
    assert "prefers-color-scheme: dark" in html
    assert parse(html).xpath("//td[@class='button-ground']")[0].get("style")


def test_a_mail_is_compiled_once_however_many_threads_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr("saleor_crm_plugin.emails.compile._compiled", {})

    # when
    with ThreadPoolExecutor(8) as threads:
        mails = list(threads.map(lambda _: compiled("abandoned_cart_1", best("fr")), range(32)))

    # then
    assert len({id(mail) for mail in mails}) == 1


@pytest.mark.parametrize(
    "wrong", ["{tokens[0]}", "{tokens[0]} {tokens[0]}", "<!--crmtoken0001x--><!--crmtoken0000x-->"]
)
def test_a_tag_that_inlining_lost_doubled_or_moved_is_an_error(wrong: str) -> None:
    # given
    tokens = ["{% if a %}", "{% endif %}"]
    html = wrong.replace("{tokens[0]}", "<!--crmtoken0000x-->")

    # when / then
    with pytest.raises(CompileError, match="lost, doubled or moved"):
        restore(html, tokens)


def test_block_tags_become_comments_wherever_html_knows_comments() -> None:
    # when
    hidden, tokens = protect(
        "<title>{% a %}</title><p class='{% b %}'>{% c %}{{ d }}</p><!--[if mso]>{% e %}<![endif]-->{% f %}"
    )

    # then
    assert tokens == ["{% a %}", "{% b %}", "{% c %}", "{{ d }}", "{% e %}", "{% f %}"]
    assert hidden == (
        "<title>crmtoken0000x</title><p class='crmtoken0001x'><!--crmtoken0002x-->crmtoken0003x</p>"
        "<!--[if mso]>crmtoken0004x<![endif]--><!--crmtoken0005x-->"
    )


def test_text_that_looks_like_our_placeholder_is_an_error() -> None:
    # when / then
    with pytest.raises(CompileError, match="placeholder"):
        protect("<p>crmtoken0001x</p>")


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<h1>a</h1>" + "x" * 90_000, "bytes"),
        ("<p>a</p>", "one h1"),
        ("<h1>a</h1><script>1</script>", "scripts"),
        ("<h1>a</h1><style>@import 'x'</style>", "style resources"),
        ("<h1>a</h1><table></table>", "role=presentation"),
        ("<h1>a</h1><img src='x'>", "alt text"),
    ],
)
def test_what_would_not_arrive_well_is_told(html: str, told: str) -> None:
    # when
    problems = lint(html)

    # then
    assert len(problems) == 1
    assert told in problems[0]


def test_only_what_depends_on_the_recipient_waits_for_the_second_pass() -> None:
    # when
    source = defer('{% extends "x" %}{{ brand.sans }}{% t "Hi" %}{{ first_name }}{% if a %}')

    # then
    assert source == (
        '{% extends "x" %}{{ brand.sans }}{% t "Hi" %}{% verbatim %}{{ first_name }}{% endverbatim %}'
        "{% verbatim %}{% if a %}{% endverbatim %}"
    )


@pytest.mark.parametrize(("autoescape", "text"), [(True, "A &amp; &lt;b&gt;{{ name }}"), (False, "A & <b>{{ name }}")])
def test_a_text_of_ours_is_text_and_leaves_its_places_for_the_recipient(autoescape: bool, text: str) -> None:
    # given
    template = first_pass(autoescape).from_string('{% t "A & <b>%(name)s" %}')

    # when
    translated_text = template.render(Context({"language": best("de")}, autoescape=autoescape))

    # then
    assert translated_text == text


def test_premailer_inlines_unless_the_shop_asks_for_the_other() -> None:
    # when
    unasked = inliner.chosen()
    with override_settings(CRM_CSS_INLINER=inliner.CSS_INLINE):
        asked = inliner.chosen()

    # then
    assert unasked == inliner.PREMAILER
    assert asked == (inliner.CSS_INLINE if find_spec("css_inline") else inliner.PREMAILER)


@override_settings(CRM_CSS_INLINER="juice")
def test_an_engine_that_is_not_there_falls_back_to_premailer(caplog: pytest.LogCaptureFixture) -> None:
    # when
    engine = inliner.chosen()

    # then
    assert engine == inliner.PREMAILER
    assert "'juice'" in caplog.text
