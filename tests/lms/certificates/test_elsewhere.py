"""Papers signed elsewhere: handed out in parts, taken back one by one, published only then."""

import io
import json
import zipfile

import pytest
from sqlalchemy import event

from lms.certificates import elsewhere
from lms.certificates.audit import audit
from lms.certificates.models import CertificateTemplate
from lms.certificates.papers import paper_bytes
from lms.certificates.signatures import own_trust, signature_check
from lms.db import db_session, in_unit
from lms.errors import Misconfigured, NotFound
from lms.files.models import StoredFile
from lms.journal.models import Job, JournalEntry
from lms.press.layout import PAGE_MM, design, designs
from lms.signing import uploads
from tests.factories import actor_of, officer
from tests.lms.certificates.world import NOW, accept, certificates, finalised_class, propose, second_officer
from tests.lms.signing import authorities, clerk

OFFICE = "/quan-ly/chung-nhan/"


@pytest.fixture
def waiting(app, run_jobs, tmp_path):
    """A list whose papers are made and wait for the clerk's token; return its id."""
    folder = tmp_path / "nguoi-ky"
    folder.mkdir()
    (folder / "so.pem").write_bytes(authorities.signer().pem)
    app.config.update(LMS_SIGN="elsewhere", LMS_SIGN_CERTIFICATES=str(folder))
    approved = accept(propose(finalised_class()))
    run_jobs()
    return approved.id


def hand_in(list_id, data, name="da-ky.pdf"):
    by = second_officer()
    job = in_unit(lambda s: elsewhere.hand_in(s, by=by, list_id=list_id, name=name, data=data, now=NOW))
    return job.id


def result_of(job_id):
    db_session().expire_all()
    return db_session().get_one(Job, job_id).result


def signed(row, holder=None, box=None):
    return clerk.sign_elsewhere(paper_bytes(db_session(), row), holder or authorities.signer(), box=box)


def test_papers_wait_unpublished_until_they_are_signed(session, waiting):
    assert {row.state for row in certificates()} == {"unpublished"}
    assert all(row.rendered_at and row.base_sha256 == row.file_sha256 for row in certificates())


def test_a_part_holds_the_exact_papers_and_a_list_of_them(session, waiting):
    pieces = elsewhere.pack_part(session, by=second_officer(), list_id=waiting, part=1, now=NOW)

    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        listed = json.loads(packed.read("danh-sach.json"))
        files = {line["so"]: packed.read(line["tep"]) for line in listed}
    assert files == {row.snapshot["number"]: paper_bytes(session, row) for row in certificates()}


def test_another_province_gets_no_part_and_hands_nothing_in(session, waiting):
    stranger = actor_of(officer("01", name="Người tỉnh khác"))

    with pytest.raises(NotFound):
        elsewhere.pack_part(session, by=stranger, list_id=waiting, part=1, now=NOW)
    with pytest.raises(NotFound):
        in_unit(lambda s: elsewhere.hand_in(s, by=stranger, list_id=waiting, name="a", data=b"%PDF-", now=NOW))


def test_a_signed_paper_is_published_byte_for_byte(session, run_jobs, waiting):
    row = certificates()[0]
    data = signed(row)

    job = hand_in(waiting, data)
    run_jobs()

    told = result_of(job)
    assert (told["taken"], told["refused"]) == (1, [])
    session.expire_all()
    taken = certificates()[0]
    assert taken.state == "valid"
    assert "Sở Khoa học và Công nghệ" in taken.signed_by
    assert paper_bytes(session, taken) == data
    assert [other.state for other in certificates()[1:]] == ["unpublished"] * 2
    assert audit(session) == []


def test_the_untouched_file_sent_back_is_told_as_unsigned_and_publishes_nothing(session, run_jobs, waiting):
    job = hand_in(waiting, paper_bytes(session, certificates()[0]))
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 0
    assert "chưa có chữ ký số" in told["refused"][0][1]
    session.expire_all()
    assert {row.state for row in certificates()} == {"unpublished"}


def test_one_paper_signed_twice_is_taken_once(session, run_jobs, waiting):
    row, packed = certificates()[0], io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("1.pdf", signed(row))
        out.writestr("2.pdf", clerk.sign_elsewhere(paper_bytes(session, row), authorities.signer(), at=NOW))

    job = hand_in(waiting, packed.getvalue(), "da-ky.zip")
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 1
    assert [name for name, _why in told["refused"]] == ["2.pdf"]


def test_the_papers_that_wait_are_asked_for_once_however_many_files_come_back(app, session, run_jobs, waiting):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for place in range(5):
            out.writestr(f"{place}.pdf", b"%PDF-1.7 la")
    hand_in(waiting, packed.getvalue(), "da-ky.zip")
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append("base_size" in statement and "EXISTS" not in statement)

    engine = app.extensions["lms"].db.engine
    event.listen(engine, "before_cursor_execute", note)
    run_jobs()
    event.remove(engine, "before_cursor_execute", note)

    assert sum(asked) == 1


def test_files_that_are_not_told_one_by_one_are_counted(session, client, run_jobs, waiting, monkeypatch):
    monkeypatch.setattr(elsewhere, "_LONGEST_LIST", 2)
    monkeypatch.setattr(uploads, "_MOST_FILES", 5)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for place in range(8):
            out.writestr(f"{place}.pdf", b"%PDF-1.7 la")

    job = hand_in(waiting, packed.getvalue(), "da-ky.zip")
    run_jobs()

    told = result_of(job)
    assert (len(told["refused"]), told["refused_more"], told["not_looked_at"]) == (2, 3, 3)
    client.sign_in(officer(name="Đỗ Thị Hai"))
    page = client.get(f"{OFFICE}danh-sach/{waiting}/ky/ket-qua/{job}").text
    assert "Còn 3 tệp nữa cũng chưa nhận" in page
    assert "3 tệp cuối chưa được xem" in page


def test_a_zip_is_judged_file_by_file(session, run_jobs, waiting):
    first, second, third = certificates()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("thu-muc/1.pdf", signed(first))
        out.writestr("2.pdf", signed(second, authorities.stranger()))
        out.writestr("3.pdf", clerk.draw_over(signed(third)))
        out.writestr("ghi-chu.txt", "không phải tệp PDF")

    job = hand_in(waiting, packed.getvalue(), "da-ky.zip")
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 1
    assert [name for name, _why in told["refused"]] == ["2.pdf", "3.pdf"]
    assert "không có trong danh sách người được ký" in told["refused"][0][1]
    assert "Sau khi ký" in told["refused"][1][1]
    session.expire_all()
    assert [row.state for row in certificates()] == ["valid", "unpublished", "unpublished"]


def test_one_damaged_file_in_a_zip_is_told_and_the_others_are_taken(session, run_jobs, waiting):
    first, second, third = certificates()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for row, name in ((first, "1.pdf"), (second, "2.pdf"), (third, "3.pdf")):
            out.writestr(name, signed(row))
    data = bytearray(packed.getvalue())
    with zipfile.ZipFile(packed) as out:
        data[out.getinfo("2.pdf").header_offset + 500] ^= 0xFF

    job = hand_in(waiting, bytes(data), "da-ky.zip")
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 2
    [[name, why]] = told["refused"]
    assert name == "2.pdf"
    assert "Không lấy được tệp này ra khỏi tệp ZIP" in why


def test_a_stamp_may_show_where_the_signer_stands_and_nowhere_else(session, run_jobs, waiting):
    first, second, third = certificates()
    left, bottom, right, top = (int(side) for side in elsewhere.stamp_room(template_of(session, first).design))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("1.pdf", signed(first, box=(left + 1, bottom + 1, right, top)))
        out.writestr("2.pdf", signed(second, box=(20, 20, 820, 520)))
        out.writestr("3.pdf", signed(third))

    job = hand_in(waiting, packed.getvalue(), "da-ky.zip")
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 2
    [[name, why]] = told["refused"]
    assert name == "2.pdf"
    assert "nằm ngoài chỗ dành cho người ký" in why


def template_of(session, row):
    return session.get_one(CertificateTemplate, row.template_id)


@pytest.mark.parametrize("key", designs())
def test_the_room_for_a_stamp_touches_no_line_that_says_something_else(key):
    left, bottom, right, top = elsewhere.stamp_room(key)
    chosen = design(key)
    signers = {"authority", "authority_2", "authority_3", "signer"}
    others = [box for name, box in chosen.lines.items() if name not in signers] + [chosen.qr, chosen.pictures["logo"]]
    scale, height = 72 / 25.4, PAGE_MM[1]
    for box in others:
        assert (
            (box.left + box.width) * scale <= left
            or box.left * scale >= right
            or (height - box.top) * scale <= bottom
            or (height - box.top - box.height) * scale >= top - 1e-6
        )


def test_whoever_takes_papers_along_is_written_down(session, client, waiting):
    client.sign_in(officer(name="Đỗ Thị Hai"))

    answer = client.get(f"{OFFICE}danh-sach/{waiting}/ky/phan-1.zip")
    client.get(f"{OFFICE}danh-sach/{waiting}/ky/phan-2.zip", 404)

    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert len(packed.namelist()) == 5
    session.expire_all()
    [line] = session.query(JournalEntry).filter_by(verb="take_for_signing")
    assert line.actor_label.startswith("Đỗ Thị Hai")
    assert (line.object_id, line.area_code) == (str(waiting), "38")
    assert line.detail == {"part": 1, "count": 3}


@pytest.mark.parametrize("folder", ["", "trong"])
def test_where_nobody_is_listed_as_a_signer_the_page_says_what_to_do(app, session, client, waiting, tmp_path, folder):
    (tmp_path / "trong").mkdir()
    app.config["LMS_SIGN_CERTIFICATES"] = str(tmp_path / folder) if folder else ""
    client.sign_in(officer(name="Đỗ Thị Hai"))

    page = client.get(f"{OFFICE}danh-sach/{waiting}/ky", 409)

    assert "LMS_SIGN_CERTIFICATES" in page.text
    with pytest.raises(Misconfigured, match="chứng thư số"):
        own_trust(app.config)


def test_a_signed_paper_still_passes_the_audit_when_nobody_is_listed_any_more(app, session, run_jobs, waiting):
    hand_in(waiting, signed(certificates()[0]))
    run_jobs()
    app.config["LMS_SIGN_CERTIFICATES"] = ""
    session.expire_all()

    assert audit(session, check_signature=signature_check(app.config)) == []


def test_the_same_file_twice_changes_nothing_more(session, run_jobs, waiting):
    data = signed(certificates()[0])
    hand_in(waiting, data)
    run_jobs()
    session.expire_all()
    before = certificates()[0].file_id

    again = hand_in(waiting, data)
    run_jobs()

    assert result_of(again)["refused"] == []
    session.expire_all()
    assert certificates()[0].file_id == before


def test_the_paper_of_another_list_is_not_taken(session, run_jobs, waiting):
    foreign = authorities.signer()
    changed = clerk.sign_elsewhere(
        paper_bytes(session, certificates()[0]).replace(b"%PDF-1.7", b"%PDF-1.6", 1), foreign
    )

    job = hand_in(waiting, changed)
    run_jobs()

    told = result_of(job)
    assert told["taken"] == 0
    assert "không bắt đầu bằng đúng tệp đã giao đi ký" in told["refused"][0][1]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"PK\x03\x04 hong", b"PK" + bytes(200)])
def test_what_holds_no_paper_is_refused_at_once(session, waiting, data):
    files = session.query(StoredFile).count()

    with pytest.raises(elsewhere.NothingInside):
        hand_in(waiting, data)

    session.expire_all()
    assert session.query(StoredFile).count() == files
