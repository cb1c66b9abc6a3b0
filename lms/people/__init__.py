"""Persons and their accounts: slips, PINs, sessions, roles by area, consent."""
