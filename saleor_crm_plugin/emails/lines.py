"""Keeps lines within what mail allows."""

MAX_LINE = 998  # bytes without the line end: RFC 5322, 2.1.1


def fold(text: str) -> str:
    """Break lines over 998 bytes, each at the last space that fits.

    In HTML a space may become a line break wherever it stands: our templates have no ``<pre>``, and spaces in addresses
    are percent-encoded. A line without a space, such as one long address, stays: breaking it would break the address.
    Django's mail classes see such lines and encode the part as quoted-printable, which is lossless.
    """
    if max(map(len, text.encode().split(b"\n"))) <= MAX_LINE:
        return text
    return "\n".join(folded for line in text.split("\n") for folded in _fold_line(line))


def _fold_line(line: str) -> list[str]:
    if len(line.encode()) <= MAX_LINE:
        return [line]
    lines: list[str] = []
    words = line.split(" ")
    current = words[0]
    size = len(current.encode())
    for word in words[1:]:
        word_size = len(word.encode())
        if size + 1 + word_size > MAX_LINE:
            lines.append(current)
            current, size = word, word_size
        else:
            current, size = f"{current} {word}", size + 1 + word_size
    return [*lines, current]
