"""Queries to begin with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A query, and for whom it is."""

    title: str
    query: str


EXAMPLES = (Example("My points", "{ me { email loyalty { balance } } }"),)
