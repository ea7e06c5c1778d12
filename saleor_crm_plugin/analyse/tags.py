"""Template filters of the reports: how numbers are written."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def grouped(number: int | float | Decimal, places: int = 0) -> str:
    """A number with commas between its thousands."""
    return f"{number:,.{places}f}"


@register.filter
def percent(share: float, places: int = 0) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.{places}f} %"
