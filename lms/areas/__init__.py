"""Provinces and communes: official codes as text, names as of a day, search without accents."""
