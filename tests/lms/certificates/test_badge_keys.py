"""The keys of badges: made once however many ask, readable by nobody else, kept when a new one takes over."""

import stat
from datetime import timedelta

import pytest

from lms.certificates.badge_keys import change_key, read_keys
from lms.errors import Misconfigured
from tests.factories import NOON
from tests.lms.training.pressing import FORK


def test_the_first_key_is_made_by_itself_and_stays(tmp_path):
    path = tmp_path / "khoa" / "khoa.json"

    made = read_keys(path, now=NOON)

    assert [key.since for key in made] == [NOON]
    assert made[0].multikey.startswith("z6Mk")
    assert read_keys(path, now=NOON + timedelta(days=1))[0].multikey == made[0].multikey
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_eight_processes_that_ask_at_once_get_one_key(tmp_path):
    path, gate, told = tmp_path / "khoa.json", FORK.Barrier(8), FORK.Queue()

    def ask():
        gate.wait()
        told.put(read_keys(path, now=NOON)[-1].multikey)

    asking = [FORK.Process(target=ask, daemon=True) for _ in range(8)]
    for process in asking:
        process.start()
    keys = {told.get(timeout=60) for _ in asking}
    for process in asking:
        process.join()

    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_key_takes_over_and_the_earlier_one_stays(tmp_path):
    path = tmp_path / "khoa.json"
    (first,) = read_keys(path, now=NOON)

    second = change_key(path, now=NOON + timedelta(days=400))

    assert [key.multikey for key in read_keys(path, now=NOON)] == [first.multikey, second.multikey]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keys": []}', '{"keys": [{"since": "mai", "secret": "x"}]}', '{"keys": [1]}']
)
def test_a_damaged_file_is_never_replaced_by_a_new_key(tmp_path, text):
    path = tmp_path / "khoa.json"
    path.write_text(text)

    with pytest.raises(Misconfigured, match="bản sao lưu"):
        read_keys(path, now=NOON)

    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "tep").write_text("")

    with pytest.raises(Misconfigured, match="khóa huy hiệu"):
        read_keys(tmp_path / "tep" / "khoa.json", now=NOON)
