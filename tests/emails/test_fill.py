"""Our way of filling a template gives what Django's gives, letter by letter."""

from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails import content, render
from saleor_crm_plugin.emails.compile import compiled
from saleor_crm_plugin.emails.fill import fill
from saleor_crm_plugin.emails.languages import best, formatting_locale, shipped
from saleor_crm_plugin.emails.source import second_pass

from . import hostile


def by_django(template: Template, values: dict[str, Any], autoescape: bool) -> str:
    return str(template.render(Context(dict(values), autoescape=autoescape, use_l10n=False)))


@given(hostile.mails(), st.sampled_from(sorted(shipped())))
@settings(deadline=None, max_examples=100)
def test_every_mail_is_filled_as_django_fills_it(mail: tuple[str, dict[str, Any]], code: str) -> None:
    name, about = mail
    language = best(code)
    values = render.fill_values(name, about, formatting_locale(code, language)) | {"language": language, "subject": "&"}
    parts = compiled(name, language)

    for template, autoescape in ((parts.subject, False), (parts.html, True), (parts.text, False)):
        assert fill(template, values, autoescape) == by_django(template, values, autoescape)


class Thing:
    """What is no plain value."""

    name = "<Thing>"

    def method(self) -> str:
        return "<called>"

    def __str__(self) -> str:
        return "<a thing>"


VALUES: dict[str, Any] = {
    "name": "<Anna> & 'co'",
    "none": None,
    "yes": True,
    "zero": 0,
    "price": Decimal("1234.50"),
    "number": 1234567,
    "ratio": 0.1,
    "thing": Thing(),
    "lines": [{"name": "A & B", "n": 1}, {"name": "<C>", "n": 2}, {"n": 3}],
    "nothing": [],
    "nested": {"inside": {"name": "deep"}, "items": "an entry named as a method"},
    "pairs": [("a", 1), ("b", 2)],
}


@pytest.mark.parametrize("autoescape", [True, False])
@pytest.mark.parametrize(
    "source",
    [
        "plain text, {{ name }} {{ none }} {{ yes }} {{ zero }} {{ price }} {{ number }} {{ ratio }}",
        "{{ missing }}|{{ nested.missing }}|{{ missing.deeper }}|{{ name.missing }}|{{ none.name }}",
        "{{ items }}|{{ values }}|{{ get }}|{{ copy }}|{{ push }}",  # methods of dicts and of Django's contexts
        "{{ nested.inside.name }}|{{ nested.items }}|{{ nested.inside.items }}|{{ nested.inside.keys }}",
        "{{ thing }}|{{ thing.name }}|{{ thing.method }}|{{ thing.method.missing }}",
        "{{ lines.0.name }}|{{ lines.1.n }}|{{ lines.9.name }}|{{ name.0 }}|{{ pairs.0.1 }}",
        '{{ "text & more" }}|{{ 5 }}|{{ None }}|{{ True }}',
        '{{ name|upper }}|{{ missing|default:"none" }}|{{ name|safe }}|{{ lines|length }}',
        "{% if name %}a{% else %}b{% endif %}{% if missing %}a{% elif zero %}b{% elif yes %}c{% endif %}",
        "{% if not missing and name or zero %}a{% endif %}{% if none is None %}n{% endif %}",
        '{% if number > 5 %}a{% endif %}{% if name > 5 %}b{% endif %}{% if "Anna" in name %}c{% endif %}',
        '{% if nested.inside.name == "deep" %}a{% endif %}{% if none != 1 %}b{% endif %}{% if zero <= 0 %}c{% endif %}',
        "{% for line in lines %}{{ line.name }}{{ line.n }}{% empty %}0{% endfor %}[{{ line }}]",
        "{% for line in nothing %}a{% empty %}none{% endfor %}{% for line in missing %}a{% empty %}none{% endfor %}",
        "{% for line in lines %}{% for name in lines %}{{ name.n }}{% endfor %}{{ line.n }}{{ name }}{% endfor %}",
        "{% for key, value in pairs %}{{ key }}{{ value }}{% endfor %}",
        "{% for line in lines %}{{ forloop.counter }}{% endfor %}",
        "{% for line in lines reversed %}{{ line.n }}{% endfor %}",
        "{% for letter in name %}{{ letter }}.{% endfor %}{% for key in nested %}{{ key }}{% endfor %}",
        "{% with name=nested.inside.name other=missing %}{{ name }}|{{ other }}{% endwith %}|{{ name }}|{{ other }}",
        "{% with a=name|upper %}{{ a }}{% endwith %}{% comment %}nothing{% endcomment %}{# nothing #}",
        "{% firstof missing name %}{% cycle 'a' 'b' %}{% filter upper %}{{ name }}{% endfilter %}",
        "{% autoescape off %}{{ name }}{% endautoescape %}{% spaceless %}<a> </a>{% endspaceless %}",
    ],
)
def test_what_a_template_may_say_reads_as_in_django(source: str, autoescape: bool) -> None:
    template = second_pass(autoescape).from_string(source)

    assert fill(template, VALUES, autoescape) == by_django(template, VALUES, autoescape)


def test_names_of_a_block_are_gone_after_it_also_when_a_template_is_filled_again() -> None:
    template = second_pass(True).from_string("{% for line in lines %}{{ line.n }}{% endfor %}[{{ line }}]")

    assert [fill(template, VALUES, True) for _ in range(2)] == ["123[]"] * 2


def test_the_values_are_left_as_they_are() -> None:
    values = {"lines": [1, 2], "line": "before"}
    template = second_pass(True).from_string("{% for line in lines %}{{ line }}{% endfor %}")

    fill(template, values, True)

    assert values == {"lines": [1, 2], "line": "before"}


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example.com",
        "https://shop.example.com/products/a?x=1&y=%20#top",
        "http://127.0.0.1:8000/x/(y)~z,;:@!$'*+",
        "https://shop.example.com/żółć",
        "https://shop.example.com/a b",
        'https://shop.example.com/a"b<c>',
        "HTTPS://SHOP.example.com/A",
        "https:///nohost",
        "https://shop.example.com:port/",
        "javascript:alert(1)",
        "https://[::1]/x",
        "https://user:pass@shop.example.com/",
        "https://shop.example.com\\@evil.example",
        "https://shop.example.com/x\n",
    ],
)
def test_an_address_that_is_seen_to_be_one_quickly_is_the_same_as_when_looked_at_closely(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = content.web_address(address)
    monkeypatch.setattr(content, "_PLAIN_ADDRESS", hostile.NEVER)

    assert quickly == content.web_address(address)
