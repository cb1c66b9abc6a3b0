"""A package as files: from a folder or a zip, into a zip, and its fingerprint.

`SourceFiles` (path in the package → bytes) is the canonical form of a course: what is
checked, stored, exported and made into the next version. A zip comes from strangers, so it
is read as hostile: nothing is unpacked to disk, and nothing is believed about sizes.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from courses.faults import FaultList, PackageFaults

SourceFiles = dict[str, bytes]

MOST_FILES = 400
FILE_LIMIT = 2_000_000
TOTAL_LIMIT = 20_000_000
MOST_SQUEEZE = 200
_LITTLE = 100_000
_STRAY = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
)


def read_folder(folder: Path) -> SourceFiles:
    """Read a package from a folder. Hidden and system files are left out.

    Raises:
        PackageFaults: no such folder, links to elsewhere, too many or too large files.
    """
    faults = FaultList()
    if not folder.is_dir():
        faults.add("course.yml", 1, "Không thấy thư mục này. Hãy kiểm tra lại tên.")
    files: SourceFiles = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _is_stray(name):
            continue
        if path.is_symlink():
            faults.add(name, 1, "Không dùng tệp liên kết trong khóa học. Hãy chép hẳn tệp vào.")
        elif path.is_file():
            _check_size(name, path.stat().st_size, faults)
            if not faults.is_fatal:
                files[name] = path.read_bytes()
                _check_total(files, faults)
    faults.raise_if_fatal()
    return files


def read_zip(data: bytes) -> SourceFiles:
    """Read a package from a zip. One folder around everything is taken off.

    Raises:
        PackageFaults: not a zip, cut off, locked, or made to do harm.
    """
    faults = FaultList()
    if len(data) > TOTAL_LIMIT:
        raise _refusal(f"Tệp nén quá lớn, tối đa {TOTAL_LIMIT // 1_000_000} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _unpack(archive, faults)
    except _BROKEN:
        raise _refusal("Tệp nén bị hỏng hoặc không phải tệp zip. Hãy nén lại.") from None
    faults.raise_if_fatal()
    return _without_wrapper(files)


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """Pack a package; the same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def digest(files: Mapping[str, bytes]) -> str:
    """Return the fingerprint of a package: the same for a folder and for its zip."""
    total = hashlib.sha256()
    for path in sorted(files):
        name = path.encode()
        # Lengths first: otherwise two packages could be cut differently and look alike.
        total.update(f"{len(name)} {len(files[path])}\n".encode())
        total.update(name)
        total.update(files[path])
    return total.hexdigest()


def _unpack(archive: zipfile.ZipFile, faults: FaultList) -> SourceFiles:
    entries = [entry for entry in archive.infolist() if not _is_stray(entry.filename)]
    if len(entries) > MOST_FILES:
        raise _refusal(f"Tệp nén có quá nhiều tệp, tối đa {MOST_FILES}.")
    for entry, message in _suspicions(entries):
        faults.add(entry.filename, 1, message)
    files: SourceFiles = {}
    for entry in entries:
        if faults.is_fatal:
            break
        if not entry.is_dir():
            files[entry.filename] = _read_entry(archive, entry, faults)
            _check_total(files, faults)
    return files


def _suspicions(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    seen: set[str] = set()
    for entry in entries:
        mode = entry.external_attr >> 16
        if not _is_inside(entry.filename):
            yield entry, "Đường dẫn tệp đi ra ngoài khóa học. Hãy nén lại từ thư mục khóa học."
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield entry, "Không dùng tệp liên kết hay tệp đặc biệt trong khóa học. Hãy chép hẳn tệp vào."
        if entry.flag_bits & 0x1:
            yield entry, "Tệp nén có mật khẩu. Hãy nén lại không mật khẩu."
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield entry, "Kiểu nén lạ. Hãy nén lại ở dạng zip thường."
        if entry.filename.lower() in seen:
            yield entry, "Tệp có hai lần trong tệp nén. Hãy bỏ một."
        seen.add(entry.filename.lower())


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    strange = "\\" in name or ":" in name or "\x00" in name or name.startswith("/")
    return bool(path.parts) and not strange and ".." not in path.parts


def _is_stray(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _STRAY or (part[0] == "." and part != "..") for part in parts)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, faults: FaultList) -> bytes:
    with archive.open(entry) as stream:
        data = stream.read(FILE_LIMIT + 1)
    _check_size(entry.filename, len(data), faults)
    if len(data) > _LITTLE and len(data) > MOST_SQUEEZE * max(entry.compress_size, 1):
        faults.add(entry.filename, 1, "Tệp nén phình ra bất thường khi mở. Hãy nén lại ở dạng zip thường.")
    return data


def _check_size(name: str, size: int, faults: FaultList) -> None:
    if size > FILE_LIMIT:
        faults.add(name, 1, f"Tệp quá lớn, tối đa {FILE_LIMIT // 1_000_000} MB.")


def _check_total(files: SourceFiles, faults: FaultList) -> None:
    if len(files) > MOST_FILES:
        faults.add("course.yml", 1, f"Khóa học có quá nhiều tệp, tối đa {MOST_FILES}.")
    if sum(map(len, files.values())) > TOTAL_LIMIT:
        faults.add("course.yml", 1, f"Khóa học quá lớn, tối đa {TOTAL_LIMIT // 1_000_000} MB.")


def _without_wrapper(files: SourceFiles) -> SourceFiles:
    tops = {PurePosixPath(name).parts[0] for name in files}
    if "course.yml" in files or len(tops) != 1:
        return files
    return {name.partition("/")[2]: data for name, data in files.items() if "/" in name}


def _refusal(message: str) -> PackageFaults:
    faults = FaultList()
    faults.add("course.yml", 1, message)
    return PackageFaults(faults.all())
