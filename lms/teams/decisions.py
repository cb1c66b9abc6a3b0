"""The decision that sets up a team, as rosters write it: number, body and day in one cell."""

import re
from dataclasses import dataclass
from datetime import date

from lms.words import nfc

_NUMBER = re.compile(
    r"(?P<n>\d+[a-zA-Z]?)\s*(?:/\s*(?P<year>\d{4})\s*)?(?P<first>[/-])\s*QĐ\s*(?P<second>[-–/])\s*(?P<body>[^\W\d_][\w.-]*)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<![\d/])(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?!\d)")
_LONG_DAY = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decision:
    """A founding decision; what could not be read stays in `raw` and only there."""

    raw: str
    number: str | None = None
    body: str | None = None
    day: date | None = None


#: A team that is known to have no decision yet; another thing than a cell left blank.
NO_DECISION = Decision("")
NO_DECISION_TEXT = "Chưa có"


def parse_decision(text: str) -> Decision:
    """Read "01/QĐ-UBND ngày 10/7/2025" into number, body and day; keep the raw text in any case."""
    raw = nfc(text)
    if raw.casefold() in (NO_DECISION_TEXT.casefold(), "không", "-", "–", "—"):
        return NO_DECISION
    found = _NUMBER.search(raw)
    return Decision(raw, _number(found), found["body"].rstrip(".") if found else None, _day(raw))


def _number(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    year = f"/{found['year']}" if found["year"] else ""
    body = found["body"].rstrip(".")
    return f"{found['n']}{year}{found['first']}QĐ{found['second'].replace('–', '-')}{body}"


def _day(text: str) -> date | None:
    found = _LONG_DAY.search(text) or _DAY.search(text)
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
