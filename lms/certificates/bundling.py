"""Make a bundle in the background, part by part, with one paper in memory at a time.

Each part is written under a name of its own, brought to its place whole, and noted in the bundle. A worker that
is stopped or killed loses the part it was at; the next run begins behind the last part that is noted.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement

from lms.certificates import paper_files
from lms.certificates.bundle_papers import Press, count_papers, is_of_stem, next_papers, of_commune, presses_of
from lms.certificates.bundles import BUNDLE, FILES, add_part, close_bundle, folder_of
from lms.certificates.models import Bundle, Certificate, CertificateTemplate
from lms.certificates.paper_lists import LIST_NAME, csv_line, csv_start, file_name
from lms.certificates.papers import paper_bytes, paper_parts
from lms.certificates.proofs import frozen_of
from lms.certificates.sources import facts_of
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.errors import NotFound
from lms.journal.jobs import Handler, Progress
from lms.journal.models import Job
from lms.press.binding import PrintRun, zip_of

MOST_PAPERS = 2_000
MOST_BYTES = 500_000_000
MOST_PAGES = 20_000
"""A print run holds fonts and background once: so many pages are some 40 MB and a few seconds."""
MOST_BOUND = 200
"""Papers laid out one by one bring their own fonts, and all stay in memory until they are bound."""
_AT_ONCE = 50
_COLUMNS = ("STT", "Số giấy", "Họ và tên", "Đơn vị", "Nội dung", "Căn cứ", "Mã kiểm tra", "Tên tệp")


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
        in_unit(lambda session, part=part: add_part(session, bundle_id=bundle_id, part=part))  # type: ignore[misc]
        done += part["count"]
        bundle = _read(bundle_id)
    in_unit(lambda session: close_bundle(session, bundle_id=bundle_id, now=utc_now()))
    progress.step(done, done, "Đã làm xong bộ giấy")
    return {"bundle_id": bundle_id, "parts": len(bundle.parts), "papers": done}


def _make_part(bundle: Bundle, done: int, total: int, progress: Progress) -> dict[str, Any] | None:
    """Write and place the next part; return None if no paper is left."""
    if bundle.form == FILES:
        return paper_files.next_part(
            bundle, lambda commune: _papers(bundle, of_commune(commune), 0, (done, total), progress)
        )
    for press, after in _stretches(bundle):
        papers = _papers(bundle, None if press is None else press.papers, after, (done, total), progress)
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
            written = _write_zip(file, bundle, papers) if press is None else _write_pdf(file, bundle, press, papers)
            file.flush()
            os.fsync(file.fileno())
        part = {"name": name, "size": os.path.getsize(half), "sha256": _sha256(Path(half)), **asdict(written)}
        os.replace(half, folder / name)
    finally:
        Path(half).unlink(missing_ok=True)
    part["press"] = None if press is None else [press.way, press.template_id]
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
    bundle: Bundle, among: ColumnElement[bool] | None, after: int, so_far: tuple[int, int], progress: Progress
) -> Iterator[Certificate]:
    """Yield the papers behind a certificate, fifty at a time; here the work pauses if it is to."""
    done, total = so_far
    while True:
        progress.step(done, max(done, total), "Đang gom giấy chứng nhận")
        chunk = next_papers(db_session(), bundle, after=after, limit=_AT_ONCE, among=among)
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
    lines = [csv_start(_COLUMNS)]
    for certificate in _counted(papers, written, MOST_PAPERS):
        name = file_name(certificate, in_list=bundle.list_id is not None)
        lines.append(csv_line(_line(written.count, certificate, name)))
        yield name, paper_parts(db_session(), certificate)
        if file.tell() >= MOST_BYTES:
            break
    yield LIST_NAME, lines


def _write_pdf(file: BinaryIO, bundle: Bundle, press: Press, papers: Iterator[Certificate]) -> Written:
    """Write all papers of one press as one PDF for the printing house."""
    frozen = None
    if press.way == "compiled":
        template = db_session().get_one(CertificateTemplate, press.template_id)
        # Compiled anew with a newer engine it would print other pages than those that were issued before.
        if is_of_stem(db_session(), bundle, press, template.stem_file_id):
            frozen = frozen_of(db_session(), template)
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


def _read(bundle_id: int) -> Bundle:
    """Read a bundle and let go of it, so that what is stored between its papers does not touch it."""
    session = db_session()
    session.rollback()
    bundle = session.get(Bundle, bundle_id)
    if bundle is None:
        raise NotFound(f"bundle {bundle_id}")
    session.expunge(bundle)
    return bundle


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bundle(payload: dict[str, Any], progress: Progress, job: Job) -> dict[str, Any]:
    return make_bundle(payload["bundle_id"], progress)


HANDLERS: dict[str, Handler] = {BUNDLE: _bundle}
