"""What words say whatever their conditions come to: examples see one side of each, customers see both."""

from collections.abc import Callable, Sequence

from .tree import Block, Condition, Element, If, Node, Text, Value

Says = Callable[[Node], bool]


def shown(nodes: Sequence[Node], place: str) -> bool:
    """Whether a value that a mail always has is shown, or linked to, in every case."""
    return _certain(nodes, lambda node: _shows(node, place), place)


def empty(nodes: Sequence[Node]) -> bool:
    """Whether a line may be empty although its values are not."""
    return not _certain(nodes, _fills)


def _certain(nodes: Sequence[Node], says: Says, place: str = "") -> bool:
    """Whether one of the nodes says it for certain. A loop may go through nothing."""
    for node in nodes:
        if isinstance(node, If):
            if _in_every_branch(node, says, place):
                return True
        elif says(node) or (isinstance(node, Element) and _certain(node.inside, says, place)):
            return True
    return False


def _in_every_branch(node: If, says: Says, place: str) -> bool:
    for condition, inside in node.branches:
        if not _certain(inside, says, place):
            return False
        if condition is None or _asks_for(condition, place):  # the branches behind it are never said
            return True
    return False


def _fills(node: Node) -> bool:
    return isinstance(node, Value) or (isinstance(node, Text) and bool(node.text.strip()))


def _shows(node: Node, place: str) -> bool:
    if isinstance(node, Value):
        return node.place == place
    if isinstance(node, Block):
        links = [link.place for link in (node.link, node.picture) if link]
        return place in links or (node.kind == "voucher" and place.startswith("voucher."))
    return isinstance(node, Element) and node.link is not None and node.link.place == place


def _asks_for(condition: Condition | None, place: str) -> bool:
    """Whether a condition only asks for what is there anyway: the value itself, or what it is of."""
    if condition is None or not place or len(condition.terms) > 1:
        return False
    ((_, term),) = condition.terms
    return not term.negated and not term.operator and f"{place}.".startswith(f"{term.place}.")
