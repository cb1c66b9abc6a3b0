"""Paper: certificates, login slips, attendance lists and reports out of plain data.

A wall that every room may use. It knows no table, no request and no user: whoever wants a paper
hands over one of the records in `documents` and gets back the bytes of a PDF. Same record, same
bytes, on every machine: fonts are shipped here, nothing is fetched, no clock is read.
"""
