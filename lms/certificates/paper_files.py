"""Papers as files: one PDF each in a folder of the server, sorted by commune, and one list of them all.

Each is written under another name, brought to the disk, and only then given its own, so whoever looks into the
folder never meets half a paper. What lies there with the right bytes is left alone: a worker that goes on where
another was killed writes only what is missing. Names are made of plain letters and digits, so no paper can come
to lie outside of the folder, whatever it says.
"""

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lms.areas.models import Area
from lms.certificates.bundle_papers import communes_in
from lms.certificates.bundles import published_folder
from lms.certificates.models import Bundle, Certificate
from lms.certificates.paper_lists import LIST_NAME, csv_line, csv_start, file_name, plain
from lms.certificates.papers import paper_parts
from lms.certificates.sources import facts_of
from lms.db import db_session
from lms.errors import NotFound, Refused

HALF = ".dang-lam-"
_COLUMNS = ("STT", "Số giấy", "Họ và tên", "Xã, phường", "Tệp", "SHA-256")
_NO_COMMUNE = "khong-ro-xa-phuong"
Papers = Callable[[str | None], Iterator[Certificate]]
"""Yields the papers of a commune, or those of none; the work pauses in it if it is to."""
log = logging.getLogger("lms.jobs")


class FolderClosed(Refused):
    """The folder on the server takes no file: it is full, or not ours to write into."""

    def __init__(self) -> None:
        super().__init__(
            "Không ghi được vào thư mục giấy đã cấp trên máy chủ. Các tệp đã ghi xong vẫn còn nguyên.",
            remedy="Hãy báo người quản trị xem ổ đĩa còn chỗ không và thư mục có quyền ghi không, rồi gom lại.",
        )


def next_part(bundle: Bundle, papers: Papers) -> dict[str, Any] | None:
    """Write the papers of the next commune, after the last the list of all; return what was written, None at the end.

    Raises:
        FolderClosed: as it says.
    """
    written = {part["commune"] for part in bundle.parts if "commune" in part}
    left = [code for code in communes_in(db_session(), bundle) if code not in written]
    if not left and any(part["name"] == LIST_NAME for part in bundle.parts):
        return None
    try:
        return _write_commune(bundle, left[0], papers) if left else _write_list(bundle, papers)
    except OSError as fault:
        log.exception("the folder of published papers takes no file")
        raise FolderClosed from fault


def _write_commune(bundle: Bundle, commune: str | None, papers: Papers) -> dict[str, Any]:
    folder = published_folder(bundle) / _folder_name(commune)
    folder.mkdir(parents=True, exist_ok=True)
    count, size, left_out = 0, 0, list[str]()
    for certificate in papers(commune):
        try:
            size += _write_paper(folder / _file_name(bundle, certificate), certificate)
            count += 1
        except NotFound:
            left_out.append(certificate.snapshot["number"])
    _bring_to_disk(folder)
    return {"name": folder.name, "commune": commune, "count": count, "size": size, "left_out": left_out}


def _write_paper(path: Path, certificate: Certificate) -> int:
    """Write one paper unless it lies there already; return its size.

    Raises:
        NotFound: its bytes are lost, or are not those that were issued.
    """
    if _sha256(path) == certificate.file_sha256:
        return path.stat().st_size
    pieces = paper_parts(db_session(), certificate)
    digest = hashlib.sha256(pieces[0])
    digest.update(pieces[1])
    if digest.hexdigest() != certificate.file_sha256:
        raise NotFound(f"the bytes issued as certificate {certificate.id}")
    with _written_whole(path) as file:
        file.writelines(pieces)
    return sum(map(len, pieces))


def _write_list(bundle: Bundle, papers: Papers) -> dict[str, Any]:
    """Write the list of what lies in the folders, and take away what does not belong there any more."""
    root, place = published_folder(bundle), 0
    left_out = {number for part in bundle.parts for number in part["left_out"]}
    root.mkdir(parents=True, exist_ok=True)
    with _written_whole(root / LIST_NAME) as file:
        file.write(csv_start(_COLUMNS))
        for part in bundle.parts:
            names = set()
            for certificate in papers(part["commune"]):
                if certificate.snapshot["number"] in left_out:
                    continue
                name, place = _file_name(bundle, certificate), place + 1
                names.add(name)
                file.write(csv_line(_line(place, certificate, f"{part['name']}/{name}")))
            _sweep(root / part["name"], names)
    _sweep(root, [LIST_NAME])
    _bring_to_disk(root)
    path = root / LIST_NAME
    return {"name": LIST_NAME, "count": 0, "listed": place, "size": path.stat().st_size, "sha256": _sha256(path)}


def _sweep(folder: Path, names: Iterable[str]) -> None:
    """Take away what a killed worker left half done, and papers that were revoked or replaced meanwhile."""
    kept = set(names)
    for path in folder.iterdir():
        if path.name not in kept and (path.name.startswith(HALF) or path.suffix == ".pdf"):
            path.unlink()


def _line(place: int, certificate: Certificate, path: str) -> tuple[str, ...]:
    facts = facts_of(certificate)
    return str(place), facts.number, facts.name, facts.commune, path, certificate.file_sha256 or ""


def _file_name(bundle: Bundle, certificate: Certificate) -> str:
    return file_name(certificate, in_list=bundle.list_id is not None)


def _folder_name(commune: str | None) -> str:
    """Return the commune's name with its code behind: two communes may have the same name."""
    if commune is None:
        return _NO_COMMUNE
    return f"{plain(db_session().get_one(Area, commune).full_name)}-{plain(commune)}"


@contextmanager
def _written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that takes its place only when all of it is on the disk.

    It gets the rights that the server gives new files: others may be meant to read this folder.
    """
    half = path.with_name(f"{HALF}{secrets.token_hex(8)}")
    try:
        with half.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _bring_to_disk(folder: Path) -> None:
    """See to it that the names in a folder survive a power cut as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    """Return the hash of a file, or nothing if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
