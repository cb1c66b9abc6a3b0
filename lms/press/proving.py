"""A compiled template proves itself before it is used: both ways must give the same paper.

Some thirty invented people, ordinary and awkward ones, go through both ways. Every pixel and every
letter must agree, the file must be well formed, the attached facts must be the facts. A template that
differs anywhere stays with the layout engine.
"""

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lms.press.compiling import DIGITS, LETTERS
from lms.press.facts import Facts
from lms.press.filling import NotCovered
from lms.press.frozen import Frozen
from lms.press.pressing import Pressed, press_compiled, press_laid_out
from lms.press.templates import Template

if TYPE_CHECKING:
    import pypdfium2

ORDINARY = 20
_SCREEN, _PRINTER = 110 / 72, 300 / 72
_CLOSE_LOOKS = 4
_AWKWARD_NAMES = (
    "Y Ƀlŏ Niê Kƀăm",
    "H’Wĕ “Ti” Êban - Mlô",
    "AVATAR To. Tờ Vũ Yến WA. LTP",
    ") Tj << /JS (x) >> \\",
    "<b>&amp;",
)
_ADDRESS_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Proof:
    """What came out: how many papers were compared, how many were not covered, and what differed."""

    template: str
    passed: bool
    compared: int
    uncovered: int
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the proof for storing."""
        return asdict(self)


def prove(template: Template, frozen: Frozen) -> Proof:
    """Compare both ways for invented people; ordinary ones must all be covered.

    Raises:
        PaperFault: the layout engine cannot set the page at all.
    """
    compared, uncovered, differences = 0, 0, []
    for place, facts in enumerate(people(template, frozen.address_letters)):
        try:
            quick = press_compiled(frozen, facts)
        except NotCovered as reason:
            uncovered += 1
            if place < ORDINARY:
                differences.append(f"{facts.name}: {reason}")
            continue
        compared += 1
        scales = (_SCREEN, _PRINTER) if place % ORDINARY < _CLOSE_LOOKS else (_SCREEN,)
        slow = press_laid_out(template, facts)
        differences += [f"{facts.name}: {what}" for what in differing(quick, slow, facts, scales)]
    return Proof(template.digest, not differences, compared, uncovered, tuple(differences))


def differing(quick: Pressed, slow: Pressed, facts: Facts, scales: tuple[float, ...] = (_SCREEN,)) -> Iterator[str]:
    """Yield what differs between the two ways of making one paper."""
    import pypdfium2

    with pypdfium2.PdfDocument(bytes(quick)) as ours, pypdfium2.PdfDocument(bytes(slow)) as theirs:
        if any(_pixels(ours, scale) != _pixels(theirs, scale) for scale in scales):
            yield "pixels"
        if _text(ours) != _text(theirs):
            yield "text"
    for name, paper in (("compiled", quick), ("laid out", slow)):
        if not _is_sound(bytes(paper), facts):
            yield f"the file, {name}"


def people(template: Template, address_letters: int) -> Iterator[Facts]:
    """Yield invented people: ordinary ones first, then those who have made papers go wrong elsewhere."""
    # The same people each time, so that a proof can be repeated; nothing here is secret.
    chance = random.Random(template.digest)  # noqa: S311
    for _ in range(ORDINARY):
        yield _ordinary(chance, address_letters)
    someone = _ordinary(chance, address_letters)
    for start in range(0, len(LETTERS), 26):
        yield replace(someone, name=LETTERS[start : start + 26], team=LETTERS[start : start + 26])
    for name in _AWKWARD_NAMES:
        yield replace(someone, name=name, course=name, team=name)
    for words in range(4, 20, 3):
        yield replace(someone, name=" ".join([someone.name.split()[0]] * words))
    optional = dict.fromkeys(("role", "team", "commune", "province", "class_name", "hours", "result", "decision"), "")
    yield replace(someone, **optional, note="")
    yield replace(someone, result="11/11")
    yield replace(someone, note="Thay thế giấy chứng nhận số 0001/2026/CN-SKHCN", number="1", hours="8 giờ 30 phút")


def _ordinary(chance: random.Random, address_letters: int) -> Facts:
    def words(least: int, most: int) -> str:
        return " ".join(_word(chance) for _ in range(chance.randint(least, most)))

    digits = "".join(chance.choices(DIGITS, k=9))
    address = "HTTPS://" + "".join(chance.choices(_ADDRESS_LETTERS, k=address_letters - len("HTTPS://")))
    year, month, day = chance.randint(2025, 2040), chance.randint(1, 12), chance.randint(1, 28)
    return Facts(
        name=words(2, 5),
        number=f"{digits[:4]}/{year}/CN-SKHCN",
        code="-".join((address[-21:-16], address[-16:-11], address[-11:-6], address[-6:-1], address[-1])),
        address=address,
        issued=f"{year}-{month:02}-{day:02}",
        role=chance.choice(("Tổ trưởng", "Tổ phó", "Thành viên")),
        team=f"Tổ công nghệ số cộng đồng thôn {words(1, 3)}",
        commune=f"Xã {words(1, 3)}",
        province=words(2, 3),
        course=words(3, 9),
        class_name=f"Lớp {digits[4:6]} {words(1, 2)}",
        first_day=f"{day:02}/{month:02}/{year}",
        last_day=f"{day:02}/{month:02}/{year}",
        hours=f"{digits[6]} giờ",
        result=chance.choice(("Đạt", "Khá", "Giỏi", f"{digits[7]},5/10")),
        book_entry=f"{digits[:4]}/{year}",
        decision=f"Quyết định số {digits[5:8]}/QĐ-SKHCN ngày {day:02}/{month:02}/{year}",
        issued_words=f"ngày {day:02} tháng {month} năm {year}",
        note=chance.choice(("", f"Thay thế giấy số {digits[:4]}")),
    )


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS[: len(LETTERS) // 2], k=chance.randint(2, 6))).capitalize()


def _pixels(file: "pypdfium2.PdfDocument", scale: float) -> bytes:
    return bytes(file[0].render(scale=scale).buffer)


def _text(file: "pypdfium2.PdfDocument") -> str:
    text: str = file[0].get_textpage().get_text_range()
    return text


def _is_sound(data: bytes, facts: Facts) -> bool:
    """Whether the file is well formed and carries the facts."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as file:
        attached = file.Root.AF[0].EF.F.read_bytes()
        return not file.check_pdf_syntax() and attached == facts.as_json()
