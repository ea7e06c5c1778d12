"""Mails in the owner's own words: a small language that is checked before it is kept (docs/own-words.md)."""
