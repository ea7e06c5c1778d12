"""Whom something is for: conditions that staff write, counted, sampled and filled in by one and the same statement."""
