"""The province and its communes in numbers: one query layer for screen, spreadsheet, PDF and program."""
