"""The command line: finish a list, check a code or a file, prove the books; exit code 0 only if all is well."""

import json

import pytest
from sqlalchemy import update

from lms.certificates.commands import certificates as group
from lms.certificates.models import BookLine
from lms.certificates.papers import paper_bytes
from lms.db import in_unit
from tests.lms.certificates.world import accept, certificates, finalised_class, propose, published

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def run(app):
    """Run one of the commands."""
    return lambda *words: app.test_cli_runner().invoke(group, list(words))


def test_issue_numbers_and_makes_what_is_missing_of_an_approved_list(run):
    proposed = propose(finalised_class(("Vũ Ẵng",)))
    list_id = proposed.id

    assert run("issue", "--list", str(list_id)).exit_code == 1
    accept(proposed)
    issued = run("issue", "--list", str(list_id))
    again = run("issue", "--list", str(list_id), "--json")

    assert (issued.exit_code, certificates()[0].state) == (0, "valid")
    assert "Đã làm 1 giấy" in issued.output
    assert json.loads(again.stdout)["made"] == 0
    assert run("issue", "--list", "999").exit_code == 1


def test_verify_answers_for_a_code_and_for_the_very_file_that_was_issued(run, session, tmp_path):
    row, paper = published()[0], tmp_path / "giay.pdf"
    paper.write_bytes(paper_bytes(session, row))

    assert run("verify", row.public_id).output == "Hợp lệ: số 0001/2026/GCN-SKHCN\n"
    assert run("verify", str(paper)).exit_code == 0
    assert json.loads(run("verify", row.public_id, "--json").stdout)["number"] == "0001/2026/GCN-SKHCN"
    paper.write_bytes(paper.read_bytes() + b"\n")
    assert run("verify", str(paper)).exit_code == 1
    assert run("verify", "khong-co").exit_code == 1


def test_audit_exits_with_a_fault_and_tells_it(run):
    published()

    sound, deep = run("audit"), run("audit", "--deep", "--json")
    in_unit(lambda s: s.execute(update(BookLine).where(BookLine.line == 1).values(by_id=7)))
    broken = run("audit", "--json")

    assert (sound.exit_code, sound.output) == (0, "Sổ cấp giấy chứng nhận đúng và đủ.\n")
    assert (deep.exit_code, len(json.loads(deep.stdout)["faults"])) == (1, 3)
    assert (broken.exit_code, json.loads(broken.stdout)["faults"]) == (
        1, ["Sổ 38.SKHCN/2026, dòng 1: dòng sổ đã bị sửa."],
    )  # fmt: skip
