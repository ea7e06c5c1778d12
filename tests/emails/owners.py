"""What an owner may write: one body with everything that is allowed, in a mail that brings a voucher."""

from saleor_crm_plugin.emails.own.words import Words

EVERYTHING = """
{% image "https://cdn.example.com/autumn.jpg" alt="A coat in the wind" link=shop.url %}
<h1>Autumn at {{ shop.name }}</h1>
Dear {{ customer.first_name|default:"friend of the house" }},
we have <b>new</b> <em>things</em>{% if voucher %}, and {{ voucher.value }} off for you{% endif %}.

A second paragraph with <a href="{{ shop.url }}">a link</a> and <a href="https://example.com/a?b=1&amp;c=2">another</a>.
<h2 align="center">Why wool &amp; linen</h2>
<ul><li>They breathe</li><li>They <s>wear out</s> last</li></ul>
<blockquote><p>My best coat.<br>Ever.</p></blockquote>
{# A note that nobody gets. #}
{% button "See the coats" "https://shop.example.com/coats?sort=new" %}
<hr>
{% for one in products %}<p>{{ one.name|upper }} for {{ one.price }}</p>{% endfor %}
{% lines %}
<h3>A small title</h3>
{% voucher %}
{% products "recommended" limit=4 title='For "you" & yours' %}
{% products "recommended" limit=2 category="coats" price_max=100 title="Coats" %}
{% products "popular" pin="linen-shirt,wool-coat" ban="belt" fallback="recommended" %}
"""
WRITTEN_FOR = "loyal_voucher"
WORDS = Words(
    'Autumn is here{% if customer.first_name %}, {{ customer.first_name }}{% endif %}',
    "{{ shop.name }} has news{% if voucher %} and a gift{% endif %}",
    EVERYTHING,
)  # fmt: skip
