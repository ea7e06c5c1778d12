"""Queries to begin with. Those about ``me`` are a customer's, a visitor's need nobody, all others are the staff's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A query, and what it is about."""

    title: str
    query: str


EXAMPLES = (
    Example(
        "My points",
        """{
  me {
    email
    loyalty {
      balance available pending
      expiringSoon expiring { points at }
      tier nextTier { name missing }
      history(first: 10) {
        totalCount
        edges { node { at kind points orderId } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}""",
    ),
    Example(
        "Kinds of customers",
        """{
  crmSegments {
    asOf
  }
}""",
    ),
    Example(
        "Customers and their points",
        """{
  customers(first: 10) {
    totalCount
    edges { node { id email loyalty { balance pending tier } } }
    pageInfo { hasNextPage endCursor }
  }
}""",
    ),
    Example(
        "One customer",
        """{
  crmCustomer(id: "VXNlcjox") {
    id email consented
    rfm { currency group recency frequency monetary orders amount { amount currency } lastAt }
    score { points tier }
    stage { stage since }
    lifetimeValues { pAlive expectedOrders expectedValue { amount currency } }
    memberships { kind segment currency enteredAt leftAt }
    timeline(first: 10) { edges { node { at type name amount { amount currency } points granted } } }
  }
}""",
    ),
    Example(
        "Telling what a visitor does",
        """mutation {
  crmEventsTrack(
    visitorId: "2f1c7f8e-6a52-4c0f-9a34-0e5b6a7c8d9e"
    events: [{ id: "e1", kind: PRODUCT_VIEW, productId: "UHJvZHVjdDox" }, { id: "e2", kind: SEARCH, query: "shirt" }]
  ) {
    recorded
    errors { field message code index }
  }
}""",
    ),
    Example(
        "A product page",
        """{
  product(id: "UHJvZHVjdDox", channel: "eu") {
    name
    relatedProducts(first: 4) { reason score product { ...Tile } }
    boughtTogether(first: 4) { reason score product { ...Tile } }
  }
}
fragment Tile on Product {
  name slug
  thumbnail(size: 256) { url }
  pricing { priceRange { start { gross { amount currency } } } }
}""",
    ),
    Example(
        "What sells now",
        """{
  popularProducts(channel: "eu", first: 6) {
    reason score
    product { name pricing { priceRange { start { gross { amount currency } } } } }
  }
}""",
    ),
    Example(
        "Recommended to me",
        """{
  me {
    recommendedProducts(channel: "eu", first: 6) { reason score product { name } }
    recentlyViewedProducts(channel: "eu", first: 6) { product { name } }
  }
}""",
    ),
    Example(
        "Recommended to a visitor",
        """{
  recommendedProducts(channel: "eu", visitorId: "2f1c7f8e-6a52-4c0f-9a34-0e5b6a7c8d9e", first: 6) {
    reason score
    product { name }
  }
}""",
    ),
    Example(
        "Tell me when it is back",
        """mutation {
  stockNotificationRequest(variantId: "UHJvZHVjdFZhcmlhbnQ6MQ==", channel: "eu", email: "grace@example.com") {
    stockNotification { variant { name quantityAvailable } requested needsConfirmation }
    errors { field message code }
  }
}""",
    ),
    Example(
        "Pins and bans",
        """mutation {
  crmRecommendationRulesSet(id: "UHJvZHVjdDox", input: { pins: ["UHJvZHVjdDoy"], bans: ["UHJvZHVjdDoz"] }) {
    rules { pins { name } bans { name } }
    errors { field message code }
  }
}""",
    ),
)
