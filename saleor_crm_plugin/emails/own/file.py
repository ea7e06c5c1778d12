"""Words as a file, to be written with any editor: a head of two lines, an empty line, and the body."""

import re

from .words import Problem, Words

_HEAD = re.compile(r"Subject:[ \t]*(.*)\r?\n(?:Preview:[ \t]*(.*)\r?\n)?[ \t]*\r?\n", re.IGNORECASE)


def written(words: Words) -> str:
    """The words as a file."""
    return f"Subject: {words.subject}\nPreview: {words.preview}\n\n{words.body.rstrip()}\n"


def read(text: str) -> Words:
    """The words of a file. Raises Problem."""
    match = _HEAD.match(text.lstrip("\ufeff"))
    if not match:
        raise Problem("A file of words begins with the lines “Subject: …” and “Preview: …”, and an empty line.")
    body = text.lstrip("\ufeff")[match.end() :]
    return Words((match[1] or "").strip(), (match[2] or "").strip(), body.strip())
