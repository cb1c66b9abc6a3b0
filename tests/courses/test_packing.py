"""Packages as folders and zips."""

import io
import os
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import PackageFaults, digest, read_folder, read_zip, write_zip

_NAMES = st.from_regex(r"\A(lessons|media)/[a-z0-9]{1,8}\.(md|svg)\Z")


def _zip(entries, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = options.get("method", zipfile.ZIP_DEFLATED)
            entry.external_attr = options.get("mode", 0o100644) << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


@given(st.dictionaries(_NAMES, st.binary(max_size=200), min_size=1))
def test_a_package_comes_out_of_its_zip_unchanged(some):
    some["course.yml"] = b"x"

    back = read_zip(write_zip(some))

    assert back == some
    assert digest(back) == digest(some)


def test_a_folder_and_its_zip_have_the_same_fingerprint(folder, files):
    assert digest(read_folder(folder)) == digest(read_zip(write_zip(files))) == digest(files)


def test_packing_twice_gives_the_same_bytes(files):
    backwards = dict(reversed(files.items()))

    assert write_zip(files) == write_zip(backwards)


@given(
    st.dictionaries(_NAMES, st.binary(max_size=5), min_size=1),
    st.dictionaries(_NAMES, st.binary(max_size=5), min_size=1),
)
def test_different_packages_have_different_fingerprints(one, other):
    assert (digest(one) == digest(other)) == (one == other)


def test_one_folder_around_everything_is_taken_off(files):
    wrapped = _zip([(f"An toàn/{path}", data) for path, data in files.items()])

    assert read_zip(wrapped) == files


def test_system_files_are_left_out(files, folder):
    (folder / ".DS_Store").write_bytes(b"x")
    packed = _zip([*files.items(), ("__MACOSX/._course.yml", b"x"), ("media/Thumbs.db", b"x")])

    assert read_zip(packed) == read_folder(folder) == files


@pytest.mark.parametrize(
    "data",
    [
        _zip([("../ngoai.md", b"x")]),
        _zip([("lessons/../../ngoai.md", b"x")]),
        _zip([("/etc/passwd", b"x")]),
        _zip([("C:/a.md", b"x")]),
        _zip([("lessons\\a.md", b"x")]),
        _zip([("lessons/a.md", b"/etc/passwd")], mode=0o120777),
        _zip([("a.md", b"x")], method=zipfile.ZIP_BZIP2),
        _zip([("a.md", b"x"), ("A.md", b"y")]),
        _zip([(f"media/{number}.svg", b"") for number in range(401)]),
        _zip([("media/to.svg", b" " * 1_500_000)]),
        _zip([("media/to.svg", b"\x00" * 2_000_001)]),
        b"",
        b"MZ\x90\x00 not a zip",
        _zip([("course.yml", b"x" * 500)])[:60],
        _zip([("course.yml", b"abc")]).replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
)
def test_a_hostile_or_broken_zip_is_refused(data):
    with pytest.raises(PackageFaults) as caught:
        read_zip(data)

    assert caught.value.faults


def test_many_large_files_together_are_refused():
    noise = os.urandom(1_900_000)

    with pytest.raises(PackageFaults):
        read_zip(_zip([(f"media/{number}.jpg", noise) for number in range(11)]))


def test_a_locked_zip_is_refused(files):
    locked = bytearray(_zip([("course.yml", b"abc")]))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(PackageFaults, match="mật khẩu"):
        read_zip(bytes(locked))


@given(st.binary(max_size=300), st.integers(0, 10_000), st.integers(0, 255))
def test_no_bytes_make_reading_a_zip_fall_over(data, place, value):
    broken = bytearray(_zip([("course.yml", b"abc" * 50), ("media/a.svg", b"<svg/>")]))
    broken[place % len(broken)] = value

    for attempt in (data, bytes(broken)):
        try:
            outcome: object = read_zip(attempt)
        except PackageFaults as refused:
            outcome = refused.faults
        assert isinstance(outcome, dict | tuple)


def test_a_link_in_a_folder_is_refused(folder):
    (folder / "media" / "la.svg").symlink_to("/etc/passwd")

    with pytest.raises(PackageFaults, match="liên kết"):
        read_folder(folder)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(PackageFaults, match="Không thấy"):
        read_folder(tmp_path / "khong-co")
