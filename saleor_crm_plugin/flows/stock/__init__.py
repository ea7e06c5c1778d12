"""Flows about stock: who is told that something is there again, not there, or costs less."""
