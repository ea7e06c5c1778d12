"""What is begun and not ended yet while words are read (``read.py``): where the next thing goes, and what may end."""

from dataclasses import dataclass

from .names import Names
from .tree import Element, For, If, Node, Text
from .words import Problem

_DEEPEST = 6


@dataclass
class Open:
    """What is begun and not ended yet: where its nodes go, and in which words it is spoken of."""

    said: str
    end: str  # the name of what ends it
    inside: list[Node]
    element: Element | None = None
    branching: If | None = None
    loop: For | None = None
    shadowed: Names | None = None  # the names outside of a loop
    implied: bool = False  # a paragraph that nobody wrote


class Nest:
    """All that is open, the mail itself at the bottom. What does not nest raises Problem."""

    def __init__(self) -> None:
        self._open = [Open("the mail", "", [])]

    @property
    def top(self) -> Open:
        """What was begun last."""
        return self._open[-1]

    def whole(self) -> list[Node]:
        """All that was read, once everything is ended."""
        self.end_implied()
        if len(self._open) > 1:
            raise Problem(f"{self.top.said} is not ended.")
        return self.top.inside

    def element(self) -> str:
        """The element that we are in, "" between paragraphs."""
        return next((one.element.name for one in reversed(self._open) if one.element), "")

    def in_loop(self) -> bool:
        """Whether a loop is open."""
        return any(one.loop for one in self._open)

    def in_link(self) -> bool:
        """Whether a link is open."""
        return any(one.element and one.element.name == "a" for one in self._open)

    def add(self, node: Node) -> None:
        """Put something into what is open."""
        self.top.inside.append(node)

    def push(self, opened: Open) -> None:
        """Begin something."""
        if len(self._open) > _DEEPEST:
            raise Problem(f"There is more nested than {_DEEPEST} deep.")
        self._open.append(opened)

    def pop(self) -> None:
        """End what was begun last."""
        self._open.pop()

    def end(self, tag: str, said: str) -> None:
        """End an element by its tag."""
        if self.top.end != tag or not self.top.element:
            raise Problem(f"{said} ends nothing, or too much: {self.top.said} is to be ended first.")
        self.pop()

    def end_implied(self) -> None:
        """End the paragraph that nobody wrote, where one is open."""
        if self.top.implied:
            self.pop()

    def end_implied_before(self) -> None:
        """A condition or loop that begins a line ends the paragraph that nobody wrote; another stands in it."""
        last = self.top.inside[-1:]
        if self.top.implied and isinstance(last[0], Text) and last[0].text.rstrip(" \t").endswith("\n"):
            self.pop()
