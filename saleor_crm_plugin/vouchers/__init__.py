"""What we grant: codes of the shop's own vouchers, each to one contact, within budgets; and what became of them."""
