"""Numbers that age (days, telephone numbers, sums, percentages) must come out of a fact.

Written by hand in a card they stay behind when the law changes. So such a number is either a
reference to a fact's value, or part of an example that claims nothing. One number has many
writings (1900 0368 and 1900.0368, 10 triệu and 10.000.000 đồng): they are compared by what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from courses.course import FactBox
from courses.facts import REFERENCE

Kind = Literal["day", "phone", "money", "share"]

WORDS: Mapping[Kind, str] = {"day": "ngày tháng", "phone": "số điện thoại", "money": "số tiền", "share": "tỷ lệ"}
ALWAYS_A_FACT: frozenset[Kind] = frozenset({"day", "phone"})

_UNITS = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9, "đồng": 1}
_BEFORE = r"(?<![\d.,])"
_TO = r"\s*(?:[-–—]|đến)\s*"
_FIGURES = r"(?:\d{1,3}(?:[. ]\d{3}){1,4}|\d+(?:[.,]\d+)*)"
_MONEY = r"(?:(?:nghìn|ngàn|triệu|tỷ|tỉ)(?:\s+đồng)?|đồng)(?!\w)"
_PART = r"\d+(?:[.,]\d+)?"
_SHARE = r"(?:%|phần trăm(?!\w))"

_PATTERNS: Mapping[Kind, re.Pattern[str]] = {
    "day": re.compile(
        r"(?<![\d/.-])\d{1,2}([/.-])\d{1,2}\1\d{4}(?!\d)|(?<![\d/])(?:0?[1-9]|1[0-2])/\d{4}(?![\d/])"
        r"|(?<!\d)\d{1,2} tháng \d{1,2} năm \d{4}(?!\d)|tháng \d{1,2} năm \d{4}(?!\d)",
        re.IGNORECASE,
    ),
    "phone": re.compile(r"(?<![\d.,])(?:1[89]00(?:[. -]?\d{2,6}){1,3}|0\d{1,3}(?:[. -]?\d{2,4}){2,4})(?!\d)"),
    "money": re.compile(rf"{_BEFORE}(?:{_FIGURES}(?={_TO}{_FIGURES}\s*({_MONEY}))|{_FIGURES}\s*{_MONEY})"),
    "share": re.compile(rf"{_BEFORE}(?:{_PART}(?={_TO}{_PART}\s*({_SHARE}))|{_PART}\s*{_SHARE})"),
}
_PHONE_FIGURES = {"0": (10, 11), "1": (7, 10)}
_SHORT_NUMBER = re.compile(r"(?<![\d.,/])\d{3,6}(?![\d/%]|[.,]\d| (?:nghìn|ngàn|triệu|tỷ|tỉ|đồng))")
_CALLABLE = re.compile(r"\d{3,6}")
_SPAN = re.compile(rf"(?<![\d.,/])(\d{{1,6}}){_TO}(\d{{1,6}})(?![\d/%]|[.,]\d)")


@dataclass(frozen=True)
class Number:
    """A number found in a text: its kind, and how it is written there."""

    kind: Kind
    written: str

    @property
    def bare(self) -> str:
        """Return what the number says, the same for all its writings."""
        if self.kind == "phone":
            return _figures(self.written)
        if self.kind == "day":
            return "/".join(str(int(part)) for part in re.findall(r"\d+", self.written))
        return _amount(self.written) if self.kind == "money" else _share(self.written)


def numbers_in(text: str) -> Iterator[Number]:
    """Yield the numbers of a text that would age, whatever wrote them there."""
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            # In "10–20 triệu đồng" the first number takes its unit from the second.
            unit = match[1] if kind in ("money", "share") and match[1] else ""
            number = Number(kind, f"{match[0]} {unit}".strip())
            if kind != "phone" or _is_phone(number):
                yield number


def handwritten(text: str) -> str:
    """Return a text without its references: what an author typed by hand."""
    return REFERENCE.sub(" ", text)


def typed_numbers(text: str) -> Iterator[str]:
    """Yield, as written, whatever in a handwritten text might be a value of a fact."""
    yield from (number.written for number in numbers_in(text))
    yield from _SHORT_NUMBER.findall(text)
    yield from (match[0] for match in _SPAN.finditer(text))


class FactValues:
    """What some facts say in numbers: asked of every number that an author typed."""

    def __init__(self, facts: Iterable[FactBox]) -> None:
        self._held: dict[tuple[Kind, str] | str, str] = {}
        self._names: list[dict[str, str]] = []
        self._told: dict[Kind, dict[str, str]] = {}
        for fact in facts:
            references = {value: f"{{{fact.key}.{name}}}" for name, value in fact.values.items()}
            self._names.append(references)
            for value, reference in references.items():
                for said in _said(value):
                    self._held.setdefault(said, reference)
            for number in numbers_in(fact.text):
                self._told.setdefault(number.kind, {}).setdefault(number.bare, fact.key)

    def reference(self, written: str) -> str | None:
        """Return the reference an author should have written for a number, if a fact has it."""
        found = (self._held[said] for said in _said(written) if said in self._held)
        return next(found, None) or self._both_ends(written)

    def contradicting(self, number: Number) -> str | None:
        """Return the key of a fact that gives another number of that kind, if none gives the same."""
        told = self._told.get(number.kind, {})
        return None if number.bare in told else next(iter(told.values()), None)

    def _both_ends(self, written: str) -> str | None:
        """Return two references if a span runs from one value of a fact to another: 8–20."""
        ends = _ends(written)
        if ends is None:
            return None
        found = (names for names in self._names if ends[0] in names and ends[1] in names)
        return next((f"{names[ends[0]]} đến {names[ends[1]]}" for names in found), None)


def _said(written: str) -> Iterator[tuple[Kind, str] | str]:
    """Yield what a value, or a number as it was typed, says: of its kind, as a short number, as a span."""
    yield from ((number.kind, number.bare) for number in numbers_in(written))
    ends = _ends(written)
    if ends:
        yield "–".join(ends)
    elif _CALLABLE.fullmatch(written):
        yield written


def _figures(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _is_phone(number: Number) -> bool:
    least, most = _PHONE_FIGURES[number.bare[0]]
    return least <= len(number.bare) <= most


def _amount(written: str) -> str:
    """Return a sum in đồng, so that 10 triệu and 10.000.000 đồng are the same."""
    match = re.match(_FIGURES, written)
    assert match, "a sum begins with figures"
    figures = re.sub(r"[. ](?=\d{3}(?!\d))", "", match[0])
    unit = next((size for word, size in _UNITS.items() if word in written), 1)
    try:
        return str((Decimal(figures.replace(",", ".")) * unit).normalize())
    except InvalidOperation:
        return written


def _share(written: str) -> str:
    return "".join(written.replace("phần trăm", "%").replace(",", ".").split())


def _ends(text: str) -> tuple[str, str] | None:
    match = _SPAN.fullmatch(text.strip())
    return (match[1], match[2]) if match else None
