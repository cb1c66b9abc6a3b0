"""The audit proves a sound book, and finds whatever is done to it behind the rules' back."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from lms.access import SYSTEM
from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.book import digest, hash_first_line, lock_book, write_line
from lms.certificates.issuers import Decision
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, Certificate, NumberBook
from lms.certificates.numbering import list_detail, row_detail
from lms.certificates.pressing import make_papers
from lms.certificates.public_id import new_public_id
from lms.certificates.reactions import withdraw_ground
from lms.certificates.sources import numbered_facts
from lms.db import in_unit
from lms.training.models import Seat
from tests.lms.certificates.forging import forge_chain, tamper, tamper_line
from tests.lms.certificates.world import (
    ISSUER,
    NAMES,
    NOW,
    accept,
    approve,
    certificates,
    finalised_class,
    learned,
    propose,
    propose_about,
    publish,
    published,
    seats_of,
    second_officer,
    the_officer,
)

pytestmark = pytest.mark.usefixtures("app")
BOOK = "Sổ 38.SKHCN/2026"
NOT_LISTED = "không có người tương ứng trên danh sách đã duyệt."
NOT_THEIRS = "người hoặc tổ được cấp khác với danh sách."
NOT_THE_FACTS = "nội dung in trên giấy khác với danh sách."
NOT_THE_DECISION = "quyết định in trên giấy khác với danh sách."
NOT_THE_KIND = "loại giấy khác với danh sách."
NOT_THE_PLACE = "tỉnh, xã, sổ hoặc mẫu giấy khác với danh sách."
NOT_THE_MOMENT = "lúc cấp số khác với danh sách."
LONG_AGO = NOW.replace(year=2025)


def not_the_line(what):
    return f"{what} khác với điều ghi trong sổ."


def tamper_entry(position, /, **columns):
    in_unit(lambda s: s.execute(update(ApprovalEntry).where(ApprovalEntry.position == position).values(**columns)))


def tamper_lists(**columns):
    in_unit(lambda s: s.execute(update(ApprovalList).values(**columns)))


def entries(session):
    return session.scalars(select(ApprovalEntry).order_by(ApprovalEntry.list_id, ApprovalEntry.position)).all()


def faults_of_number(session, number):
    """Return what the audit says of one number, without where it stands."""
    session.expire_all()
    place = f"{BOOK}, số {number}: "
    return [fault.removeprefix(place) for fault in audit(session) if fault.startswith(place)]


def revoked():
    """Publish three certificates and revoke the first."""
    row, asker, other = published()[0], the_officer(), second_officer()
    certificate_id, decision = row.id, Decision("52/QĐ-SKHCN", date(2026, 11, 21))
    request = in_unit(
        lambda s: (
            rules.ask_revoke(
                s, by=asker, certificate_id=certificate_id, decision=decision, category="fraud", detail="", now=NOW
            ).id
        )
    )
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))
    return certificates()[0]


def test_a_sound_book_has_no_fault(session):
    revoked()

    assert audit(session) == []


def test_a_changed_fact_is_found(session):
    row = published()[1]

    tamper(row, snapshot=row.snapshot | {"name": "Kẻ Gian"})

    assert audit(session) == [
        f"{BOOK}, dòng 2: dòng sổ đã bị sửa.",
        f"{BOOK}, dòng 5: dòng sổ đã bị sửa.",
        f"{BOOK}, số 2: nội dung đã bị sửa sau khi vào sổ.",
        f"{BOOK}, số 2: {NOT_THE_FACTS}",
    ]


def test_a_changed_fact_with_its_hash_made_anew_is_found(session):
    row = published()[1]
    forged = row.snapshot | {"name": "Kẻ Gian"}

    tamper(row, snapshot=forged, snapshot_sha256=digest(forged))

    assert f"{BOOK}, dòng 2: dòng sổ đã bị sửa." in audit(session)


def test_a_chain_made_wholly_anew_no_longer_fits_the_list_on_which_its_head_was_printed(session):
    row = published()[1]
    later = propose(finalised_class(("Vũ Ẵng",))).id
    tamper(row, snapshot=row.snapshot | {"name": "Kẻ Gian"})
    entry = entries(session)[1]
    tamper_entry(2, facts=entry.facts | {"name": "Kẻ Gian"})

    forge_chain(session)

    assert audit(session) == [f"Danh sách {later}: mã sổ in trên danh sách không còn khớp với sổ."]


@pytest.mark.parametrize(
    "change",
    [{"detail": {"sha256": "0" * 64}}, {"by_id": 7}, {"at": NOW.replace(year=2025)}, {"rule": 1}, {"kind": "copy"}],
)
def test_a_changed_line_is_found(session, change):
    published()

    tamper_line(5, **change)

    assert f"{BOOK}, dòng 5: dòng sổ đã bị sửa." in audit(session)


def test_a_number_slipped_in_behind_the_chain_is_found(session):
    row = published()[0]
    columns = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key != "id"}
    forged = Certificate(
        **columns | {"number": 4, "public_id": "X" * 21, "position": 4, "status_list": 9, "subject": "seat:99"}
    )

    in_unit(lambda s: (s.add(forged), s.execute(update(NumberBook).values(last=4))))

    faults = audit(session)
    assert f"{BOOK}, số 4: không có dòng cấp số trong sổ." in faults
    assert f"{BOOK}, số 4: số in trên giấy khác số trong sổ." in faults


def test_a_number_that_was_skipped_is_found(session):
    published()

    in_unit(lambda s: s.execute(update(NumberBook).values(last=4)))

    assert f"{BOOK}: số không liền nhau từ 1 đến 4." in audit(session)


def test_a_line_taken_out_is_found(session):
    published()

    in_unit(lambda s: s.execute(delete(BookLine).where(BookLine.line == 4)))

    faults = audit(session)
    assert f"{BOOK}: dòng không liền nhau sau dòng 3." in faults
    assert f"{BOOK}, dòng 5: không nối với dòng trước." in faults
    assert any(fault.endswith("việc công bố không khớp với sổ.") for fault in faults)


def test_a_revocation_wiped_off_the_certificate_is_found(session):
    row = revoked()

    tamper(row, revoked_at=None, revoked_by_id=None, revoke_decision=None, revoke_category=None)

    assert audit(session) == [
        f"{BOOK}, số 1: việc thu hồi không khớp với sổ.",
        "Giấy số 0001/2026/GCN-SKHCN: đã duyệt thu hồi hoặc hủy mà vẫn ghi là còn hiệu lực.",
    ]


def test_a_revocation_wiped_off_certificate_and_book_is_found(session):
    row = revoked()

    tamper(row, revoked_at=None, revoked_by_id=None, revoke_decision=None, revoke_category=None)
    in_unit(lambda s: s.execute(delete(BookLine).where(BookLine.kind == "revoke")))
    forge_chain(session)

    assert audit(session) == ["Giấy số 0001/2026/GCN-SKHCN: đã duyệt thu hồi hoặc hủy mà vẫn ghi là còn hiệu lực."]


def test_a_revocation_without_a_line_or_with_another_reason_is_found(session):
    row, other = revoked(), certificates()[1]

    tamper(row, revoke_category="other")
    tamper(other, revoked_at=NOW)

    assert audit(session) == [
        f"{BOOK}, số 1: việc thu hồi khác với điều ghi trong sổ.",
        f"{BOOK}, số 2: việc thu hồi không khớp với sổ.",
    ]


def test_a_changed_byte_and_a_lost_file_are_found(app, session):
    rows = published()
    folder = Path(app.config["LMS_DATA_DIR"], "tep")
    changed, lost = (folder / row.file_sha256[:2] / row.file_sha256 for row in rows[:2])
    changed.chmod(0o600)
    changed.write_bytes(changed.read_bytes().replace(b"PDF", b"PDf"))
    lost.unlink()

    assert audit(session) == [
        "Giấy số 0002/2026/GCN-SKHCN: mất tệp đã cấp.",
        "Giấy số 0001/2026/GCN-SKHCN: tệp đã cấp bị thay đổi.",
        "Giấy số 0001/2026/GCN-SKHCN: phần giấy trước chữ ký bị thay đổi.",
    ]


def test_another_file_put_in_its_place_is_found(session):
    one, other, _ = published()

    tamper(one, file_id=other.file_id, file_sha256=other.file_sha256, base_sha256=other.base_sha256)

    assert audit(session) == [f"{BOOK}, số 1: việc công bố khác với điều ghi trong sổ."]


def test_bytes_behind_an_unsigned_file_are_found(session):
    row = published()[0]

    tamper(row, base_size=5, base_sha256=hashlib.sha256(b"%PDF ").hexdigest())

    assert audit(session) == ["Giấy số 0001/2026/GCN-SKHCN: có dữ liệu thêm vào sau tệp chưa ký."]


def test_two_live_certificates_of_one_subject_are_found(session):
    one, other, _ = published()
    in_unit(lambda s: s.execute(text("DROP INDEX uq_lms_certificates_live")))

    tamper(other, subject=one.subject)

    assert f"{one.subject}: có 2 giấy cùng hiệu lực." in audit(session)


def test_a_number_given_without_an_approval_is_found(session):
    published()

    in_unit(lambda s: s.execute(update(ApprovalList).values(approved_at=None, approved_by_id=None)))

    assert "Danh sách 1: có giấy đã cấp số mà danh sách chưa được duyệt." in audit(session)


def test_a_signature_is_judged_by_whoever_knows_signatures(session):
    one, other, _ = published()
    tamper(one, signed_at=NOW)
    tamper(other, signed_at=NOW)

    faults = audit(session, check_signature=lambda _, line: "chữ ký hỏng." if line.certificate_id == one.id else "")

    assert faults == ["Giấy số 0001/2026/GCN-SKHCN: chữ ký hỏng."]


def test_a_paper_can_be_made_again_from_its_facts_and_what_cannot_is_found(session):
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    make_papers(list_id, lambda *_: None)
    approve(finalised_class(("Lê An",)))

    assert audit(session, pressed_again=None) == []
    publish()

    assert audit(session, pressed_again=0) == []
    assert audit(session, pressed_again=None) == [
        "Giấy số 0002/2026/GCN-SKHCN: làm lại từ đúng các dữ liệu đó không ra tệp đã cấp."
    ]


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"signed_by": "Kẻ Gian"}, [not_the_line("việc công bố")]),
        ({"kind": "team"}, [NOT_THEIRS, NOT_THE_KIND, not_the_line("loại giấy")]),
        ({"status_list": 7}, [not_the_line("chỗ trong bảng tình trạng")]),
        ({"status_list": 7, "status_index": 5}, [not_the_line("chỗ trong bảng tình trạng")]),
        ({"numbered_at": LONG_AGO}, [not_the_line("lúc cấp số"), NOT_THE_MOMENT]),
        ({"subject": "seat:999"}, [NOT_LISTED, not_the_line("việc được chứng nhận")]),
        ({"subject": "giả"}, [NOT_LISTED, not_the_line("việc được chứng nhận")]),
        ({"position": 99}, [NOT_LISTED, not_the_line("thứ tự trên danh sách")]),
        ({"person_id": None}, [NOT_THEIRS]),
        ({"seat_id": None}, [NOT_THEIRS]),
        ({"person_id": None, "seat_id": None}, [NOT_THEIRS]),
        ({"team_id": None}, [NOT_THEIRS]),
        ({"template_id": None}, [NOT_THE_PLACE]),
        ({"province_code": "52"}, [NOT_THE_PLACE]),
        ({"commune_code": None}, [NOT_THE_PLACE]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_column_of_a_certificate_is_found(session, columns, faults):
    row = published()[0]

    tamper(row, **columns)

    assert faults_of_number(session, 1) == faults


def test_a_certificate_led_to_another_person_is_found_even_if_its_entry_is_led_there_too(session):
    one, other, _ = published()
    tamper(one, person_id=other.person_id)

    assert faults_of_number(session, 1) == [NOT_THEIRS]

    tamper_entry(1, person_id=other.person_id)
    assert faults_of_number(session, 1) == [NOT_THEIRS]

    tamper(one, person_id=other.person_id, seat_id=other.seat_id)
    tamper_entry(1, person_id=other.person_id, seat_id=other.seat_id)
    assert faults_of_number(session, 1) == [NOT_THEIRS]


def test_a_course_certificate_led_to_another_person_is_found_even_if_its_entry_is_led_there_too(session):
    people = learned()
    accept(propose_about("course", "dich-vu-cong", [f"course:{people[0]}:dich-vu-cong"]))
    assert audit(session) == []

    tamper(certificates()[0], person_id=people[1])
    tamper_entry(1, person_id=people[1])

    assert faults_of_number(session, 1) == [NOT_THEIRS]


def test_a_certificate_moved_to_another_list_is_found(session):
    row = published()[0]
    other = approve(finalised_class(("Vũ Ẵng",)), decision=Decision("46/QĐ-SKHCN", date(2026, 11, 21))).id

    tamper(row, list_id=other, position=9)

    said = (
        "danh sách", "quyết định cấp", "những người có tên trên danh sách", "thứ tự trên danh sách", "người đề nghị",
        "người duyệt",
    )  # fmt: skip
    assert set(faults_of_number(session, 1)) == {NOT_THE_DECISION, NOT_LISTED, *map(not_the_line, said)}


def test_a_replacement_that_never_was_is_found(session):
    one, other, _ = published()

    tamper(one, replaces_id=other.id)

    assert faults_of_number(session, 1) == [NOT_THEIRS, not_the_line("giấy được thay thế")]


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"decision_number": "999/GIẢ"}, [NOT_THE_DECISION, not_the_line("quyết định cấp")]),
        ({"decision_date": date(2026, 1, 1)}, [NOT_THE_DECISION, not_the_line("quyết định cấp")]),
        ({"proposed_by_id": 78}, [not_the_line("người đề nghị")]),
        ({"approved_by_id": 77}, [not_the_line("người duyệt")]),
        ({"kind": "course", "class_id": None}, [NOT_THE_KIND]),
        ({"province_code": "52"}, [NOT_THE_PLACE]),
        ({"book_id": None}, [NOT_THE_PLACE]),
        ({"template_id": None}, [NOT_THE_PLACE, not_the_line("mẫu giấy")]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_column_of_an_approved_list_is_found_at_every_number(session, columns, faults):
    published()

    tamper_lists(**columns)

    assert [faults_of_number(session, number) for number in (1, 2, 3)] == [faults] * 3


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"settled_at": None}, [NOT_THE_MOMENT]),
        ({"settled_at": LONG_AGO}, [NOT_THE_MOMENT]),
        ({"facts": None}, [NOT_LISTED]),
        ({"facts": {"name": "Kẻ Gian"}}, [NOT_THE_FACTS]),
        ({"subject": "seat:999"}, [NOT_LISTED, not_the_line("những người có tên trên danh sách")]),
        ({"position": 9}, [NOT_LISTED, not_the_line("những người có tên trên danh sách")]),
        ({"person_id": None}, [NOT_THEIRS]),
        ({"seat_id": None}, [NOT_THEIRS]),
        ({"team_id": None}, [NOT_THEIRS]),
        ({"replaces_id": 1}, [NOT_THEIRS]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_column_of_an_entry_is_found(session, columns, faults):
    published()

    tamper_entry(2, **columns)

    assert faults_of_number(session, 2) == faults


@pytest.mark.parametrize("key", ["number", "book_entry", "code", "address", "name", "team", "course"])
def test_a_fact_of_the_paper_that_the_list_does_not_have_is_found_even_if_the_chain_is_made_anew(session, key):
    row = published()[1]

    tamper(row, snapshot=row.snapshot | {key: "giả"})
    forge_chain(session)

    assert NOT_THE_FACTS in faults_of_number(session, 2)


def test_a_snapshot_with_nothing_in_it_is_told_like_any_other(session):
    tamper(published()[1], snapshot={"authority": []}, rendered_at=None, published_at=None)

    assert {NOT_THE_FACTS, NOT_THE_DECISION} <= set(faults_of_number(session, 2))


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("list", "danh sách"),
        ("position", "thứ tự trên danh sách"),
        ("people", "những người có tên trên danh sách"),
        ("decision", "quyết định cấp"),
        ("proposed_by", "người đề nghị"),
        ("approved_by", "người duyệt"),
        ("template", "mẫu giấy"),
        ("subject", "việc được chứng nhận"),
        ("kind", "loại giấy"),
        ("status", "chỗ trong bảng tình trạng"),
        ("replaces", "giấy được thay thế"),
    ],
)
def test_whatever_the_line_of_a_number_says_otherwise_than_the_rows_is_found(session, key, what):
    published()
    said = session.scalars(select(BookLine.detail).where(BookLine.line == 2)).one()
    assert key in said

    tamper_line(2, detail=said | {key: "giả"})
    forge_chain(session)

    assert audit(session) == [f"{BOOK}, số 2: {not_the_line(what)}"]


def test_another_moment_in_the_line_of_a_number_is_found(session):
    published()

    tamper_line(2, at=LONG_AGO)
    forge_chain(session)

    assert audit(session) == [f"{BOOK}, số 2: {not_the_line('lúc cấp số')}"]


def test_entries_deleted_behind_the_book_are_found(session):
    published()

    in_unit(lambda s: s.execute(delete(ApprovalEntry)))

    gone = [NOT_LISTED, not_the_line("những người có tên trên danh sách")]
    assert [faults_of_number(session, number) for number in (1, 2, 3)] == [gone] * 3


def test_a_certificate_for_nobody_chained_as_the_book_chains_it_is_found(session):
    published()

    in_unit(_forge_certificate)
    publish()

    assert audit(session) == [f"{BOOK}, số 4: {NOT_LISTED}"]


def test_a_certificate_for_nobody_is_found_even_with_an_entry_of_its_own(session):
    published()
    in_unit(lambda s: _forge_certificate(s, with_entry=True))
    publish()

    added = not_the_line("những người có tên trên danh sách")
    assert audit(session) == [f"{BOOK}, số {number}: {added}" for number in (1, 2, 3)]


def test_a_certificate_for_nobody_is_found_even_if_its_line_is_of_the_first_rule(session):
    published()

    in_unit(lambda s: _forge_certificate(s, with_first_rule=True))

    assert f"{BOOK}, dòng 7: dòng sổ đã bị sửa." in audit(session)
    assert NOT_LISTED in faults_of_number(session, 4)


def test_somebody_settled_by_hand_so_that_they_get_nothing_is_found(session):
    proposed = propose(finalised_class())
    tamper_entry(2, settled_at=NOW)

    accept(proposed)

    assert [row.position for row in certificates()] == [1, 3]
    assert audit(session) == ["Danh sách 1: người thứ 2 được ghi là đã cấp mà không có giấy."]


def test_a_book_in_which_everything_happened_honestly_has_no_fault(session):
    class_id = finalised_class((*NAMES, "Vũ Ẵng", "Hồ Văn Cư"))
    proposed = propose(class_id)
    in_unit(lambda s: withdraw_ground(s, seat_id=seats_of(class_id)[1], now=NOW))
    erased = session.get_one(Seat, seats_of(class_id)[2]).person_id
    in_unit(lambda s: rules.forget_person(s, person_id=erased, now=NOW))
    accept(proposed)
    _void(certificates()[2])
    first, second, _ = publish()
    _reissue(first)
    publish()
    in_unit(lambda s: rules.forget_person(s, person_id=second.person_id, now=NOW))
    session.expire_all()

    assert [(row.position, row.state) for row in certificates()] == [
        (1, "superseded"), (4, "valid"), (5, "void"), (1, "valid"),
    ]  # fmt: skip
    assert certificates()[1].person_id is None
    assert audit(session) == []

    in_unit(lambda s: withdraw_ground(s, seat_id=seats_of(class_id)[0], now=NOW))
    assert audit(session) == []


def _forge_certificate(session, *, with_entry=False, with_first_rule=False):
    """Write a certificate for nobody and its line, as somebody does who has the database and these sources."""
    like = session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
    book, entry = lock_book(session, like.book_id), session.scalars(select(ApprovalEntry)).first()
    facts, listed = entry.facts | {"name": "Kẻ Gian"}, session.get_one(ApprovalList, like.list_id)
    number, public_id = book.last + 1, new_public_id()
    if with_entry:
        session.add(
            ApprovalEntry(
                list_id=listed.id, position=99, subject="seat:999", team_id=like.team_id, facts=facts, settled_at=NOW
            )
        )
        session.flush()
    printed = numbered_facts(facts, book=book, number=number, public_id=public_id)
    row = Certificate(
        list_id=listed.id, position=99, template_id=like.template_id, kind="class", subject="seat:999",
        province_code="38", commune_code=like.commune_code, team_id=like.team_id, book_id=book.id, number=number,
        public_id=public_id, status_list=1, status_index=like.status_index + 1, snapshot=printed,
        snapshot_sha256=digest(printed), numbered_at=NOW,
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail = list_detail(session, listed) | row_detail(vars(row), "")
    if with_first_rule:
        detail = {"seat": 999, "person": None, "replaces": None}
    write_line(session, book, row, "number", by=SYSTEM, detail=detail, now=NOW)
    session.flush()
    if with_first_rule:
        line = session.scalars(select(BookLine).order_by(BookLine.line.desc())).first()
        said = (line.line, line.kind, line.at, line.by_id, detail, line.prev_hash)
        line.rule, line.line_hash = 1, hash_first_line(book, number, public_id, row.snapshot_sha256, said)
        book.head = line.line_hash
    book.last = number


def _void(row):
    asker, other, certificate_id = the_officer(), second_officer(), row.id
    request = in_unit(
        lambda s: rules.ask_void(s, by=asker, certificate_id=certificate_id, reason="in nhầm", now=NOW).id
    )
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))


def _reissue(row):
    asker, certificate_id, decision = the_officer(), row.id, Decision("47/QĐ-SKHCN", date(2026, 11, 21))
    accept(
        in_unit(
            lambda s: rules.propose_reissue(
                s, by=asker, certificate_id=certificate_id, decision=decision, issuer=ISSUER, now=NOW
            )
        )
    )
