"""Garments as drawings: a pen that shades, and one function for each kind of garment."""
