"""Recommendations in the shop: trained at night from its facts, kept in its database, filtered when asked for."""
