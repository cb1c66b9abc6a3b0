"""The standard of the lessons that come with the project: what makes `content check` fail.

A trainer may publish a lesson that falls short of it; nothing here keeps a package from loading.
"""

from courses.faults import FaultList
from courses.standards.banks import check_banks
from courses.standards.cards import check_cards
from courses.standards.reading import Reading
from courses.standards.sides import check_sides
from courses.standards.statements import check_facts, check_statements

__all__ = ["Reading", "check_facts", "check_standards"]


def check_standards(reading: Reading, faults: FaultList) -> None:
    """Note everything of a package that is below the standard, each with file and line."""
    check_cards(reading, faults)
    check_banks(reading, faults)
    check_sides(reading, faults)
    check_statements(reading, faults)
