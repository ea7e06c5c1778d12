"""The setting of flows that are about customers."""

from .field import Field, Kind
from .flow_lines import flow_lines

FLOWS = """\
browse_abandonment = off, 6 h
welcome = off, 1 d
second_purchase = off, 21 d
replenishment = off
cross_sell = off, 7 d
win_back_at_risk = off
win_back_lapsed = off, 30 d
loyal_a = off
loyal_b = off"""

FLOW_FIELDS: tuple[Field, ...] = (
    Field(
        "flows",
        Kind.MULTILINE,
        "Mails to customers",
        "One a line: its name = on or off, how long after what starts it. Only customers who agreed to mail get them. Such as welcome = on, 1 d.",
        FLOWS,
        flow_lines,
    ),
)
