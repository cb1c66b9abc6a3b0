"""Certificates from before the book had lines: still in the chain, still readable, and revoked stays revoked."""

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import MetaData, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from lms import schema
from lms.access import SYSTEM
from lms.certificates.audit import audit
from lms.certificates.book import digest, hash_first_line
from lms.certificates.models import ApprovalEntry, ApprovalList, BookLine, Bundle, Certificate, NumberBook
from lms.certificates.papers import paper_bytes
from lms.certificates.public_id import grouped, new_public_id
from lms.certificates.sources import facts_of, told_of
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.training.models import Seat
from tests.lms.certificates.world import approve, certificates, finalised_class, publish, seats_of

AT = datetime(2026, 11, 21, 5, 0, 0, 123456, tzinfo=UTC)


def old_snapshot(number: int, name: str, public_id: str) -> dict[str, object]:
    """Return a snapshot with the keys of the first certificates."""
    return {
        "agency": "Sở Khoa học và Công nghệ", "name": name, "role": "Tổ trưởng", "team": "Tổ công nghệ số Thôn 1",
        "commune": "Phường Hạc Thành", "province": "tỉnh Thanh Hoá", "course": "Dịch vụ công trực tuyến",
        "first_day": "2026-11-05", "last_day": "2026-11-06", "hours": "16 giờ", "result": "Đạt",
        "number": f"{number:04d}/2026/GCN-SKHCN", "book_entry": f"{number:04d}",
        "decision": "Quyết định số 45/QĐ-SKHCN ngày 20/11/2026", "place": "Thanh Hóa", "issued_on": "2026-11-20",
        "authority": ["GIÁM ĐỐC"], "check_code": grouped(public_id),
        "check_url": f"HTTPS://HOC.EXAMPLE.VN/V/{public_id}", "check_host": "hoc.example.vn", "parent_agency": "UBND",
        "certifier": "Sở chứng nhận", "class_name": "Lớp 03", "signer": "Trần Thị Ký", "honorific": "Ông/Bà",
        "replaces": "0003/2026/GCN-SKHCN" if number == 4 else "", "is_signed": False,
    }  # fmt: skip


class OldHouse:
    """Fills the tables as they were, with the old chain: a row's hash covered seat, person and the row before."""

    def __init__(self, connection, class_id: int, seats: list[tuple[int, int]], files: dict[str, int]) -> None:
        self._connection, self._seats, self._files = connection, seats, files
        kept = MetaData()
        names = ("lms_approval_lists", "lms_number_books", "lms_certificates")
        self._tables = {name: Table(name, kept, autoload_with=connection) for name in names}
        self._head = ""
        self._book = self._add("lms_number_books", issuer="38.SKHCN", year=2026, last=0, head="")
        self._list = self._add(
            "lms_approval_lists", class_id=class_id, province_code="38", decision_number="45/QĐ-SKHCN",
            decision_date=date(2026, 11, 20), approved_at=AT, approved_by_id=7,
        )  # fmt: skip

    def certify(self, number: int, seat: int, name: str, **later) -> int:
        """Write a certificate as the next row of the old book; return its id."""
        seat_id, person_id = self._seats[seat]
        public_id = new_public_id()
        facts = old_snapshot(number, name, public_id)
        row = {"number": number, "public_id": public_id, "seat": seat_id, "person": person_id,
               "snapshot": digest(facts), "replaces": later.get("replaces_id"), "before": self._head}  # fmt: skip
        own = digest({"issuer": "38.SKHCN", "year": 2026} | row)
        sha256 = hashlib.sha256(f"giấy {number}".encode()).hexdigest() if later.get("published_at") else None
        written = self._add(
            "lms_certificates", list_id=self._list, seat_id=seat_id, person_id=person_id, book_id=self._book,
            number=number, public_id=public_id, snapshot=facts, snapshot_sha256=row["snapshot"],
            row_hash=own, prev_hash=self._head, numbered_at=AT, file_sha256=sha256, **later,
            file_id=self._files.get(f"giấy {number}") if sha256 else None,
        )  # fmt: skip
        self._head = own
        books = self._tables["lms_number_books"]
        self._connection.execute(books.update().values(last=number, head=own))
        return written

    def _add(self, name: str, **values) -> int:
        table = self._tables[name]
        return self._connection.scalar(insert(table).values(values).returning(table.c.id))


@pytest.fixture
def upgraded(app, session):
    """A school of before with five certificates in every state, brought up to date."""
    class_id = finalised_class(("Một", "Hai", "Ba", "Bốn"))
    seats = [(seat, person) for seat, person in session.execute(_seats(class_id))]
    files = {words: in_unit(lambda s, words=words: _keep(s, words)) for words in (f"giấy {n}" for n in range(1, 5))}
    engine = app.extensions["lms"].db.engine
    db_session().close()
    schema.downgrade(engine, "0003")
    with engine.begin() as connection:
        old = OldHouse(connection, class_id, seats, files)
        old.certify(1, 0, "Một", published_at=AT)
        old.certify(2, 1, "Hai", published_at=AT, revoked_at=AT, revoked_by_id=7, revoke_category="fraud",
                    revoke_decision="52/QĐ-SKHCN ngày 21/11/2026", revoke_detail="riêng")  # fmt: skip
        replaced = old.certify(3, 2, "Ba", published_at=AT, superseded_at=AT)
        old.certify(4, 2, "Ba Mới", published_at=AT, replaces_id=replaced)
        old.certify(5, 3, "Bốn", voided_at=AT, void_reason="in nhầm")
    schema.upgrade(engine)
    return class_id


def test_the_old_chain_becomes_the_first_lines_of_the_book_and_every_state_is_kept(upgraded, session):
    assert audit(session) == []
    book = session.scalars(select(NumberBook)).one()
    lines = session.scalars(select(BookLine).order_by(BookLine.line)).all()
    assert [(line.kind, line.number) for line in lines] == [
        *(("number", n) for n in range(1, 6)),
        ("publish", 1), ("publish", 2), ("revoke", 2), ("publish", 3), ("supersede", 3), ("publish", 4), ("void", 5),
    ]  # fmt: skip
    assert (book.last, book.lines, book.head) == (5, 12, lines[-1].line_hash)

    rows = certificates()
    assert [row.state for row in rows] == ["valid", "revoked", "superseded", "valid", "void"]
    assert rows[1].revoke_decision == "52/QĐ-SKHCN ngày 21/11/2026"
    assert {(row.kind, row.province_code, row.commune_code) for row in rows} == {("class", "38", "14797")}
    assert len({(row.status_list, row.status_index) for row in rows}) == 5


def test_old_papers_are_readable_and_the_book_goes_on_behind_the_old_lines(upgraded, session):
    row = certificates()[3]
    facts, told = facts_of(row), told_of(row)
    assert paper_bytes(session, row) == "giấy 4".encode()
    assert (facts.name, facts.first_day, facts.issued_words) == (
        "Ba Mới", "05/11/2026", "ngày 20 tháng 11 năm 2026",
    )  # fmt: skip
    assert facts.note == "Thay thế giấy số 0003/2026/GCN-SKHCN"
    assert (told.issuer, told.signer_title, told.last_day.isoformat()) == (
        "Sở Khoa học và Công nghệ", "GIÁM ĐỐC", "2026-11-06",
    )  # fmt: skip
    assert json.loads(facts.as_json())["code"] == grouped(row.public_id)

    approve(upgraded, seats=seats_of(upgraded)[1:2])
    publish()
    new = certificates()[-1]
    assert (new.snapshot["number"], new.snapshot["name"], new.state) == ("0006/2026/GCN-SKHCN", "Hai", "valid")
    assert audit(session) == []

    in_unit(lambda s: setattr(s.get_one(type(row), row.id), "snapshot", row.snapshot | {"name": "Kẻ Gian"}))
    assert "Sổ 38.SKHCN/2026, dòng 4: dòng sổ đã bị sửa." in audit(session)


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"numbered_at": AT.replace(year=2025)}, ["lúc cấp số khác với điều ghi trong sổ."]),
        ({"subject": "seat:999"}, ["việc được chứng nhận khác với điều ghi trong sổ."]),
        ({"kind": "team"}, ["việc được chứng nhận khác với điều ghi trong sổ."]),
        ({"person_id": None}, ["người được cấp khác với điều ghi trong sổ."]),
        ({"seat_id": None}, ["người được cấp khác với điều ghi trong sổ."]),
        ({"person_id": None, "seat_id": None}, []),
        ({"replaces_id": 2}, ["giấy được thay thế khác với điều ghi trong sổ."]),
        ({"signed_by": "Kẻ Gian"}, ["việc công bố khác với điều ghi trong sổ."]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_column_of_an_old_certificate_is_found(upgraded, session, columns, faults):
    first = certificates()[0]

    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == first.id).values(**columns)))

    session.expire_all()
    assert audit(session) == [f"Sổ 38.SKHCN/2026, số 1: {fault}" for fault in faults]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"decision_number": "999/GIẢ"}, "quyết định in trên giấy khác với danh sách."),
        ({"decision_date": AT.date()}, "quyết định in trên giấy khác với danh sách."),
        ({"proposed_by_id": 8}, "không có người tương ứng trên danh sách đã duyệt."),
        ({"kind": "course", "class_id": None}, "việc được chứng nhận khác với điều ghi trong sổ."),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_changed_column_of_an_old_list_is_found(upgraded, session, columns, fault):
    in_unit(lambda s: s.execute(update(ApprovalList).values(**columns)))

    session.expire_all()
    assert audit(session) == [f"Sổ 38.SKHCN/2026, số {number}: {fault}" for number in range(1, 6)]


def test_a_book_of_new_papers_cannot_be_passed_off_as_an_old_one(app, session):
    approve(finalised_class(("Một",)))
    row, line, book = (
        certificates()[0],
        session.scalars(select(BookLine)).one(),
        session.scalars(select(NumberBook)).one(),
    )
    detail = {"seat": row.seat_id, "person": row.person_id, "replaces": None}
    said = (1, "number", line.at, None, detail, "")
    own = hash_first_line(book, 1, row.public_id, row.snapshot_sha256, said)

    def forge(s):
        s.execute(delete(ApprovalEntry))
        s.execute(update(BookLine).values(rule=1, detail=detail, line_hash=own))
        s.execute(update(NumberBook).values(head=own))

    in_unit(forge)

    session.expire_all()
    assert audit(session) == ["Sổ 38.SKHCN/2026, số 1: không có người tương ứng trên danh sách đã duyệt."]


def _seats(class_id: int):
    return select(Seat.id, Seat.person_id).where(Seat.class_id == class_id).order_by(Seat.seq)


def _keep(session, words: str) -> int:
    return keep(session, words.encode(), name="giay.pdf", media_type="application/pdf", by=SYSTEM, now=AT).id


def test_of_bundles_begun_twice_the_last_stays_and_none_is_begun_twice_again(app):
    engine = app.extensions["lms"].db.engine
    db_session().close()
    schema.downgrade(engine, "0004")
    insert_bundle = text(
        "INSERT INTO lms_certificate_bundles (form, province_code, commune_code, asked_at, asked_by_id, up_to_id, "
        "parts, made_at) VALUES (:form, '38', :commune, :at, 1, 1, '[]', :made)"
    )
    begun = [
        ("zip", None, AT), ("zip", None, None), ("zip", None, None), ("print", None, None), ("zip", "14797", None),
        ("zip", "14797", None), ("zip", "14797", AT),
    ]  # fmt: skip
    with engine.begin() as connection:
        for form, commune, made in begun:
            connection.execute(insert_bundle, {"form": form, "commune": commune, "at": AT, "made": made})

    schema.upgrade(engine)

    assert list(db_session().scalars(select(Bundle.id).order_by(Bundle.id))) == [1, 3, 4, 6, 7]
    db_session().close()
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert_bundle, {"form": "zip", "commune": None, "at": AT, "made": None})
    with engine.begin() as connection:
        connection.execute(insert_bundle, {"form": "files", "commune": None, "at": AT, "made": None})
    schema.downgrade(engine, "0004")
    schema.upgrade(engine)
    assert list(db_session().scalars(select(Bundle.form).distinct().order_by(Bundle.form))) == ["print", "zip"]
