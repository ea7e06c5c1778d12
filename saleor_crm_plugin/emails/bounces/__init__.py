"""Mails that came back, and recipients who complained: who must not be written to any more."""
