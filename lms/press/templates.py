"""What all certificates of one kind have in common: design, wording, the issuer, pictures.

A template is fixed once it is published; its digest names it, and a certificate names its template.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

KINDS = ("class", "course", "skills", "team")
PICTURES = ("logo", "seal", "signature")


@dataclass(frozen=True)
class Picture:
    """A picture of the issuer, checked and decoded again when it was handed in."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Letterhead:
    """The body that issues, as its papers name it (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""

    parent: str
    agency: str
    place: str
    authority: tuple[str, ...]
    signer: str = ""


@dataclass(frozen=True)
class Template:
    """Everything on the paper but the person: `wording` holds the text of each line by its key.

    `kind` says what is certified: a class, a course, a set of skills, or a team. `site` is where a
    code is checked, printed beside the QR. `is_unsigned` prints "Bản điện tử chưa ký số".
    """

    design: str
    kind: str
    wording: Mapping[str, str]
    letterhead: Letterhead
    site: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    is_unsigned: bool = True

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything the department chose."""
        chosen = {
            "design": self.design,
            "kind": self.kind,
            "wording": dict(self.wording),
            "letterhead": asdict(self.letterhead),
            "site": self.site,
            "pictures": {
                name: [picture.media_type, hashlib.sha256(picture.data).hexdigest()]
                for name, picture in self.pictures.items()
            },
            "is_unsigned": self.is_unsigned,
        }
        written = json.dumps(chosen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()
