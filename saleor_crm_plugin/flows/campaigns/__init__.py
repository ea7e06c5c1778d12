"""Newsletters: one mail to many, sent once, at a time that staff choose."""
