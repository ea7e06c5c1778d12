"""A model in which some products count more than others, or not at all."""

from dataclasses import dataclass

from .arrays import Codes, Floats, Sparse
from .model import Model, Scores
from .pairs import scaled_columns


@dataclass(frozen=True, eq=False)
class Weighed(Model):
    """A model whose scores are multiplied by a factor per product. What has 0 is never shown."""

    model: Model
    factors: Floats

    @property
    def profiles(self) -> Sparse:  # type: ignore[override]
        return self.model.profiles

    def scores(self, profiles: Sparse) -> Scores:
        return self._weighed(self.model.scores(profiles))

    def scores_of(self, users: Codes) -> Scores:
        return self._weighed(self.model.scores_of(users))

    def _weighed(self, scores: Scores) -> Scores:
        return Scores(
            scaled_columns(scores.own, self.factors), None if scores.base is None else scores.base * self.factors
        )
