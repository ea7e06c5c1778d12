"""Why points were not moved: answers to those who asked."""


class Refusal(Exception):  # noqa: N818 - nothing is broken
    """Points were not moved."""


class NotEnoughPoints(Refusal):
    """More points were wanted than can be spent."""

    def __init__(self, wanted: int, available: int) -> None:
        self.wanted, self.available = wanted, available
        super().__init__(f"{wanted} points are wanted, {available} are available.")


class SourceUsed(Refusal):
    """Under this name something else was done before, or it was taken back. A name is good for one movement."""

    def __init__(self, source: str) -> None:
        super().__init__(f"“{source}” was something else before, or was taken back.")


class UnknownContact(Refusal):
    """There is no such contact (any more)."""

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"There is no contact {contact_id}.")


class UnknownRedemption(Refusal):
    """No points were ever spent under this name."""

    def __init__(self, source: str) -> None:
        super().__init__(f"Nothing was spent under “{source}”.")
