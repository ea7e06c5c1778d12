"""What the flows did: counts by reason, and orders of those who got mail beside those who were held out."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from ..activity.models import Purchase
from .catalogue import FLOWS
from .models import Decision, Enrolment


@dataclass(frozen=True)
class ArmResult:
    """One arm of a flow: ``recovered`` are carts ordered after it was set, ``revenue`` is gross less refunds."""

    carts: int
    recovered: int
    revenue: dict[str, Decimal]

    @property
    def rate(self) -> float | None:
        """Recovered carts per cart; None where there is none."""
        return self.recovered / self.carts if self.carts else None


@dataclass(frozen=True)
class FlowReport:
    """All that is counted of one flow, from its first day."""

    flow: str
    enrolled: int
    decisions: dict[tuple[str, str], int]  # (outcome, reason) to how many
    treated: ArmResult
    holdout: ArmResult


def report() -> list[FlowReport]:
    """The report of every flow. A constant number of queries for each."""
    return [_of(flow) for flow in FLOWS]


def _of(flow: str) -> FlowReport:
    decisions = (
        Decision.objects.filter(enrolment__flow=flow)
        .values_list("outcome", "reason")
        .annotate(count=Count("pk"))
        .order_by("outcome", "reason")
    )
    return FlowReport(
        flow=flow,
        enrolled=Enrolment.objects.filter(flow=flow).count(),
        decisions={(outcome, reason): count for outcome, reason, count in decisions},
        treated=_arm(flow, Enrolment.Arm.TREATED),
        holdout=_arm(flow, Enrolment.Arm.HOLDOUT),
    )


def _arm(flow: str, arm: Enrolment.Arm) -> ArmResult:
    runs = Enrolment.objects.filter(flow=flow, arm=arm)
    back = runs.filter(recovered_at__gte=F("arm_at"))
    counts = runs.aggregate(carts=Count("pk"), recovered=Count("pk", filter=Q(recovered_at__gte=F("arm_at"))))
    revenue = (
        Purchase.objects.filter(real=True, order_id__in=back.values("recovered_order_id"))
        .values_list("currency")
        .annotate(amount=Sum(F("total") - F("refunded")))
        .order_by("currency")
    )
    return ArmResult(counts["carts"], counts["recovered"], dict(revenue))
