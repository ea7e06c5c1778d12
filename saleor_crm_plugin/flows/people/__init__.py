"""Flows about customers: what they did, or have not done for a while, starts them."""
