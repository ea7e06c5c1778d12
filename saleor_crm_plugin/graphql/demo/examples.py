"""Queries to begin with. Those about ``me`` are a customer's, all others the staff's."""

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
)
