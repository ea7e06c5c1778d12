"""A CRM that lives inside a Saleor shop. Start reading at plugin.py (Saleor's side) or flows/ (what it does)."""
