"""What one certificate says about one person or team: finished words, ready to be printed.

Nothing else about a person ever reaches a page. The same facts are the row in the number book, the
text on the paper, the file attached to the PDF and the check page.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import msgspec

# No XML and no line of text can hold these: control marks, halves of letters, what is no letter at all.
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Facts:
    """One line of finished Vietnamese text each, in NFC; what does not apply is empty.

    `name` is the person's, or the team's on a team certificate. `address` is what the QR code holds:
    scheme, host and code in capitals. `issued` is the day of the decision as ISO text, from which the
    file's own date is made. `salt` is never shown: it is random and attached with the rest, so that nobody can
    compute the file, and find a name by its hash, from what is told in public.
    """

    name: str
    number: str
    code: str
    address: str
    issued: str
    role: str = ""
    team: str = ""
    commune: str = ""
    province: str = ""
    course: str = ""
    class_name: str = ""
    first_day: str = ""
    last_day: str = ""
    hours: str = ""
    result: str = ""
    book_entry: str = ""
    decision: str = ""
    issued_words: str = ""
    note: str = ""
    salt: str = ""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isinstance(value, str) or not unicodedata.is_normalized("NFC", value):
                raise ValueError(f"{name} is not a text in NFC")
            if _NOT_IN_A_LINE.search(value):
                raise ValueError(f"{name} is not one line of text")
        date.fromisoformat(self.issued)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the facts from what was stored; anything that is not a printed fact is left out."""
        return cls(**{field.name: stored[field.name] for field in fields(cls) if field.name in stored})

    def as_json(self) -> bytes:
        """Return the facts in one canonical writing, as they are attached to the PDF."""
        return msgspec.json.encode(self, order="sorted")
