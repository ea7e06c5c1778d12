"""Cells of files for spreadsheets."""

# What spreadsheets take for a formula (OWASP, CSV Injection). Names and addresses are typed by people.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def text(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
