"""The papers of the campaign: what each one says, and the function that prints it.

Every record holds plain, finished data: names as they are to be printed, days as dates. Who
may print what, and where the data comes from, is the business of the rooms.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from lms.clock import VIETNAM, vn_moment
from lms.printing.letters import largest_fitting
from lms.printing.paper import render_pdf
from lms.printing.qr import qr_asset

_SLIPS_TO_A_PAGE = 9


@dataclass(frozen=True)
class SlipPaper:
    """One login slip, handed to one person."""

    name: str
    team: str
    commune: str
    entry_url: str
    entry_host: str
    code: str
    member_code: str
    expires_at: datetime


@dataclass(frozen=True)
class AttendanceRow:
    """One person who is expected in the class."""

    name: str
    role: str
    unit: str
    phone: str = ""
    note: str = ""
    code: str = ""


@dataclass(frozen=True)
class AttendancePaper:
    """The list people sign, half-day by half-day; expenses are settled on it."""

    agency: str
    class_name: str
    topic: str
    venue: str
    sessions: tuple[str, ...]
    rows: tuple[AttendanceRow, ...]
    place: str
    day: date
    parent_agency: str = ""
    trainers: str = ""
    period: str = ""
    signers: tuple[str, ...] = ("NGƯỜI LẬP DANH SÁCH", "GIẢNG VIÊN", "ĐƠN VỊ TỔ CHỨC")


@dataclass(frozen=True)
class CallListRow:
    """One person to call: who, under which number, about what, until when."""

    name: str
    unit: str
    phone: str
    what: str
    until: str


@dataclass(frozen=True)
class CallListPaper:
    """The list from which the commune's clerk calls, with boxes for the answers."""

    agency: str
    rows: tuple[CallListRow, ...]
    place: str
    day: date
    printed_at: str


@dataclass(frozen=True)
class Heading:
    """A numbered or unnumbered heading inside a report."""

    text: str
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of a report."""

    text: str
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Table:
    """A table of a report; columns named in `numeric` (by place, from 0) stand right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numeric: tuple[int, ...] = ()
    total: tuple[str, ...] = ()
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class ReportPaper:
    """An official report in the form of Nghị định 30/2020/NĐ-CP, a draft until it is signed.

    Number and signer may stay empty: then a blank is printed for the pen.
    """

    agency: str
    number: str
    place: str
    day: date
    summary: str
    body: tuple[Heading | Paragraph | Table, ...]
    authority: tuple[str, ...]
    recipients: tuple[str, ...]
    parent_agency: str = ""
    addressed_to: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    signer: str = ""
    kind_of_paper: str = "BÁO CÁO"


def slips_pdf(slips: Sequence[SlipPaper]) -> bytes:
    """Print login slips, nine to an A4 page with lines to cut along."""
    cards = [
        asdict(slip)
        | {
            "qr": f"qr-{place}.svg",
            "groups": _groups_of_four(slip.code),
            "expires": _end_of_use(slip.expires_at),
            "name_size": largest_fitting(slip.name, "BeVietnamPro-Bold.ttf", (13, 12, 11, 10, 9), 56),
        }
        for place, slip in enumerate(slips)
    ]
    for card in cards:
        del card["expires_at"]
    pages = [cards[at : at + _SLIPS_TO_A_PAGE] for at in range(0, len(cards), _SLIPS_TO_A_PAGE)]
    assets = {f"qr-{place}.svg": qr_asset(slip.entry_url) for place, slip in enumerate(slips)}
    return render_pdf("slips", {"pages": pages}, assets=assets)


def attendance_pdf(paper: AttendancePaper) -> bytes:
    """Print the attendance list: portrait up to two half-days, landscape beyond."""
    values = asdict(paper) | {"is_wide": len(paper.sessions) > 2}
    return render_pdf("attendance", values)


def call_list_pdf(paper: CallListPaper) -> bytes:
    """Print the list of people to call, on A4 landscape."""
    return render_pdf("call_list", asdict(paper))


def report_pdf(paper: ReportPaper) -> bytes:
    """Print a report the way Nghị định 30/2020/NĐ-CP, Phụ lục I, lays out an official paper."""
    return render_pdf("report", asdict(paper))


def _groups_of_four(code: str) -> list[str]:
    bare = "".join(code.split()).replace("-", "")
    return [bare[at : at + 4] for at in range(0, len(bare), 4)]


def _end_of_use(moment: datetime) -> str:
    return vn_moment(moment.astimezone(VIETNAM))
