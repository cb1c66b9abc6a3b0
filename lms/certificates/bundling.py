"""Make a bundle in the background, part by part, with one paper in memory at a time.

Each part is written under a name of its own, brought to its place whole, and noted in the bundle. A worker that
is stopped or killed loses the part it was at; the next run begins behind the last part that is noted.
"""

import csv
import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from lms.certificates.bundles import (
    BUNDLE,
    Press,
    add_part,
    close_bundle,
    count_papers,
    folder_of,
    next_papers,
    presses_of,
)
from lms.certificates.models import Bundle, Certificate, CertificateTemplate
from lms.certificates.papers import paper_bytes, paper_parts
from lms.certificates.pressing import frozen_of
from lms.certificates.sources import facts_of
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.press.binding import PrintRun, zip_of
from lms.words import fold

MOST_PAPERS = 2_000
MOST_BYTES = 500_000_000
MOST_PAGES = 20_000
"""A print run holds fonts and background once: so many pages are some 40 MB and a few seconds."""
MOST_BOUND = 200
"""Papers laid out one by one bring their own fonts, and all stay in memory until they are bound."""
_AT_ONCE = 50
_LIST = "DANH-SACH.csv"
_COLUMNS = ("STT", "Số giấy", "Họ và tên", "Đơn vị", "Nội dung", "Căn cứ", "Mã kiểm tra", "Tên tệp")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Written:
    """How far a part is: its papers, the first and the last; and the numbers that the print run had to leave out."""

    count: int = 0
    first: int = 0
    last: int = 0
    left_out: list[str] = field(default_factory=list)

    def add(self, certificate: Certificate) -> int:
        """Count one more; return how many there are."""
        self.first, self.last, self.count = self.first or certificate.id, certificate.id, self.count + 1
        return self.count


def make_bundle(bundle_id: int, progress: Progress) -> dict[str, Any]:
    """Make the parts of a bundle that are still missing; safe to run again at any time.

    Raises:
        NotFound: the bundle was deleted meanwhile.
    """
    bundle = _read(bundle_id)
    total, done = count_papers(db_session(), bundle), sum(part["count"] for part in bundle.parts)
    while (part := _make_part(bundle, done, total, progress)) is not None:
        done += part["count"]
        bundle = _read(bundle_id)
    in_unit(lambda session: close_bundle(session, bundle_id=bundle_id, now=utc_now()))
    progress.step(done, done, "Đã làm xong bộ giấy")
    return {"bundle_id": bundle_id, "parts": len(bundle.parts), "papers": done}


def file_name(certificate: Certificate, *, in_list: bool) -> str:
    """Return a name that no system stumbles over and that is unique in the whole bundle.

    A list stands in one book, so its numbers are unique; elsewhere the whole printed number is named.
    """
    number = f"{certificate.number:04d}" if in_list else _slug(certificate.snapshot["number"])
    return f"{number}-{_slug(certificate.snapshot['name'])[:60].strip('-') or 'giay'}.pdf"


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: names come from rosters that anybody typed."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _make_part(bundle: Bundle, done: int, total: int, progress: Progress) -> dict[str, Any] | None:
    """Write, place and note the next part; return None if no paper is left."""
    for press, after in _stretches(bundle):
        papers = _papers(bundle, press, after, (done, total), progress)
        first = next(papers, None)
        if first is not None:
            return _place_part(bundle, press, chain([first], papers))
    return None


def _place_part(bundle: Bundle, press: Press | None, papers: Iterator[Certificate]) -> dict[str, Any]:
    folder = folder_of(bundle.id)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"phan-{len(bundle.parts) + 1}.{'zip' if press is None else 'pdf'}"
    handle, half = tempfile.mkstemp(dir=folder, prefix=".dang-lam-")
    try:
        with os.fdopen(handle, "w+b") as file:
            written = _write_zip(file, bundle, papers) if press is None else _write_pdf(file, press, papers)
            file.flush()
            os.fsync(file.fileno())
        part = {"name": name, "size": os.path.getsize(half), "sha256": _sha256(Path(half)), **asdict(written)}
        os.replace(half, folder / name)
    finally:
        Path(half).unlink(missing_ok=True)
    part["press"] = None if press is None else [press.way, press.template_id]
    in_unit(lambda session: add_part(session, bundle_id=bundle.id, part=part))
    return part


def _stretches(bundle: Bundle) -> list[tuple[Press | None, int]]:
    """Return what is still to be made, in order: of which press, and behind which certificate."""
    last: dict[str, Any] = bundle.parts[-1] if bundle.parts else {"last": 0, "press": None}
    if bundle.form == "zip":
        return [(None, last["last"])]
    current = Press(*last["press"]) if last["press"] else None
    return [
        (press, last["last"] if press == current else 0)
        for press in presses_of(db_session(), bundle)
        if current is None or press.place >= current.place
    ]


def _papers(
    bundle: Bundle, press: Press | None, after: int, so_far: tuple[int, int], progress: Progress
) -> Iterator[Certificate]:
    """Yield the papers behind a certificate, fifty at a time; here the work pauses if it is to."""
    done, total = so_far
    while True:
        progress.step(done, max(done, total), "Đang gom giấy chứng nhận")
        chunk = next_papers(db_session(), bundle, after=after, limit=_AT_ONCE, press=press)
        if not chunk:
            return
        done, after = done + len(chunk), chunk[-1].id
        yield from chunk


def _write_zip(file: BinaryIO, bundle: Bundle, papers: Iterator[Certificate]) -> Written:
    """Write one PDF for each, named by number and name, with the list of them beside."""
    written = Written()
    for some in zip_of(_entries(file, bundle, papers, written), vn_date(bundle.asked_at)):
        file.write(some)
    return written


def _entries(
    file: BinaryIO, bundle: Bundle, papers: Iterator[Certificate], written: Written
) -> Iterator[tuple[str, Iterable[bytes]]]:
    lines = list[tuple[str, ...]]([_COLUMNS])
    for certificate in _counted(papers, written, MOST_PAPERS):
        name = file_name(certificate, in_list=bundle.list_id is not None)
        lines.append(_line(written.count, certificate, name))
        yield name, paper_parts(db_session(), certificate)
        if file.tell() >= MOST_BYTES:
            break
    yield _LIST, (_as_csv(lines),)


def _write_pdf(file: BinaryIO, press: Press, papers: Iterator[Certificate]) -> Written:
    """Write all papers of one press as one PDF for the printing house."""
    frozen = None
    if press.way == "compiled":
        frozen = frozen_of(db_session(), db_session().get_one(CertificateTemplate, press.template_id))
    if frozen is None:
        return _bind(file, papers)
    written = Written()
    run = PrintRun(frozen, (facts_of(certificate) for certificate in _counted(papers, written, MOST_PAGES)))
    for some in run:
        file.write(some)
    written.left_out = [facts.number for facts in run.left_out]
    return written


def _bind(file: BinaryIO, papers: Iterator[Certificate]) -> Written:
    """Put papers behind each other that were laid out one by one."""
    import pikepdf

    written = Written()
    with pikepdf.new() as bound:
        for certificate in _counted(papers, written, MOST_BOUND):
            with pikepdf.open(io.BytesIO(paper_bytes(db_session(), certificate))) as paper:
                bound.pages.extend(paper.pages)
        bound.save(file, deterministic_id=True)
    return written


def _counted(papers: Iterator[Certificate], written: Written, most: int) -> Iterator[Certificate]:
    """Pass papers on until a part is full, and count them."""
    for certificate in papers:
        full = written.add(certificate) >= most
        yield certificate
        if full:
            return


def _line(place: int, certificate: Certificate, name: str) -> tuple[str, ...]:
    facts = facts_of(certificate)
    unit = ", ".join(part for part in (facts.team, facts.commune) if part and part != facts.name)
    return (str(place), facts.number, facts.name, unit, facts.course, facts.decision, facts.code, name)


def _as_csv(lines: Iterable[tuple[str, ...]]) -> bytes:
    """Write the list as spreadsheets open it: with a mark of its letters in front, and nothing that is a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([safe_cell(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def _read(bundle_id: int) -> Bundle:
    """Read a bundle and let go of it, so that what is stored between its papers does not touch it."""
    session = db_session()
    session.rollback()
    bundle = session.get(Bundle, bundle_id)
    if bundle is None:
        raise NotFound(f"bundle {bundle_id}")
    session.expunge(bundle)
    return bundle


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bundle(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    return make_bundle(payload["bundle_id"], progress)


HANDLERS: dict[str, Handler] = {BUNDLE: _bundle}
