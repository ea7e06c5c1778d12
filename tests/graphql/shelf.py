"""What a storefront asks to show products, in the demo shop and in Saleor alike."""

from typing import Any

SHOWN = """reason score product {
    id name slug isAvailable translation(languageCode: DE) { name } thumbnail(size: 256) { url }
    pricing { priceRange { start { gross { amount currency } } } } }"""
OF_PRODUCT = f"""query($id: ID!, $channel: String!, $first: Int) {{ product(id: $id, channel: $channel) {{
    relatedProducts(first: $first) {{ {SHOWN} }} boughtTogether(first: $first) {{ {SHOWN} }} }} }}"""
OF_PRODUCTS = f"""query($products: Int!, $channel: String!, $first: Int) {{
    products(first: $products, channel: $channel) {{ edges {{ node {{
        relatedProducts(first: $first) {{ {SHOWN} }} boughtTogether(first: $first) {{ {SHOWN} }} }} }} }} }}"""
MINE = f"""query($channel: String, $first: Int) {{ me {{
    recommendedProducts(channel: $channel, first: $first) {{ {SHOWN} }}
    recentlyViewedProducts(channel: $channel, first: $first) {{ {SHOWN} }} }} }}"""
OF_USER = """query($id: ID!, $channel: String) { user(id: $id) { email
    recommendedProducts(channel: $channel) { product { name } }
    recentlyViewedProducts(channel: $channel) { product { name } } } }"""
OF_CHECKOUT = f"""query($id: ID!, $first: Int) {{
    checkout(id: $id) {{ recommendedProducts(first: $first) {{ {SHOWN} }} }} }}"""
OF_CATEGORY = f"""query($id: ID!, $channel: String, $first: Int) {{
    category(id: $id) {{ popularProducts(channel: $channel, first: $first) {{ {SHOWN} }} }} }}"""
POPULAR = f"""query($channel: String, $category: ID, $first: Int) {{
    popularProducts(channel: $channel, category: $category, first: $first) {{ {SHOWN} }} }}"""
RECOMMENDED = f"""query($channel: String, $visitor: String, $first: Int) {{
    recommendedProducts(channel: $channel, visitorId: $visitor, first: $first) {{ {SHOWN} }} }}"""

RULES = """query($id: ID!) { crmRecommendationRules(id: $id) {
    pins { id name } bans { id name } changedBy changedAt } }"""
SET = """mutation($id: ID!, $pins: [ID!]!, $bans: [ID!]!) {
    crmRecommendationRulesSet(id: $id, input: { pins: $pins, bans: $bans }) {
        rules { pins { name } bans { name } changedBy } errors { field message code } } }"""
WANTED = """query($channel: String, $first: Int, $after: String) {
    crmLostDemand(channel: $channel, first: $first, after: $after) {
        totalCount totals { currency variants waiting lostRevenue { amount currency } }
        pageInfo { hasNextPage endCursor }
        edges { node { variant { id name } product { id name } channel waiting inCarts looked since
            price { amount currency } lostRevenue { amount currency } expectedValue { amount currency } valued
            told bought } } } }"""


def names(shown: list[dict[str, Any]]) -> list[str]:
    """What the products of a list are called."""
    return [one["product"]["name"] for one in shown]


def ids(shown: list[dict[str, Any]]) -> list[str]:
    """Which products are in a list."""
    return [one["product"]["id"] for one in shown]


def is_a_list(shown: list[dict[str, Any]], most: int = 12) -> bool:
    """Whether it is one to show: the best first, no product twice, all of them on sale, and no more than asked for."""
    scores = [one["score"] for one in shown]
    return (
        len(shown) <= most
        and scores == sorted(scores, reverse=True)
        and all(0 <= score <= 1 for score in scores)
        and len(set(ids(shown))) == len(shown)
        and all(one["product"]["isAvailable"] for one in shown)
    )
