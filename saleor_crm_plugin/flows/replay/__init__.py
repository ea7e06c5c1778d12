"""Rehearsals: what flows would have sent in the shop's own past, by the rules that decide today."""
