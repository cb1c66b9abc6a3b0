"""The holder's page: what I have, the paper and its picture, what waits, and what is still missing."""

import hashlib
import io

from PIL import Image
from sqlalchemy import select

from lms.certificates.models import ApprovalList, CertificateTemplate
from lms.certificates.pressing import Bench, Made, store_papers
from lms.certificates.sources import facts_of
from lms.certificates.templates import press_template
from lms.db import in_unit
from lms.journal.models import JournalEntry
from lms.press import press
from lms.teams.models import Membership
from tests.factories import account_id_of, clerk, make_account, officer
from tests.lms.certificates.world import (
    NOW,
    SKILL,
    accept,
    approve,
    certificates,
    finalised_class,
    learned,
    propose_about,
    publish,
    published,
)
from tests.lms.printing.papers import text_of


def really_printed(session):
    """Make a class of one and print the paper on the real press, the slow way."""
    approve(finalised_class(("Nguyễn Thị Đẹp",)))
    (row,) = certificates()
    template = session.get_one(CertificateTemplate, session.get_one(ApprovalList, row.list_id).template_id)
    pressed = press(press_template(session, template), facts_of(row))
    bench = Bench(template=None, frozen=None, stem_file_id=None, seal=None)
    made = Made(row.id, pressed, b"", "", pressed.sha256)
    session.rollback()
    in_unit(lambda s: store_papers(s, bench, [made], now=NOW))
    return certificates()[0]


def test_the_holder_gets_the_very_bytes_and_a_picture_for_a_chat(client, session):
    row = really_printed(session)
    client.sign_in(account_id_of(row.person_id))
    page = client.get("/chung-nhan/")
    assert "Dịch vụ công trực tuyến" in page.text
    assert row.snapshot["number"] in page.text

    paper = client.get(page.soup.find("a", string="Tải giấy chứng nhận (PDF)")["href"])
    assert hashlib.sha256(paper.data).hexdigest() == row.file_sha256
    assert "no-store" in paper.headers["Cache-Control"]
    for fact in (row.snapshot["name"], row.snapshot["course"], row.snapshot["number"]):
        assert fact.casefold() in text_of(paper.data).casefold()

    picture = client.get(page.soup.find("a", string="Tải ảnh để gửi Zalo")["href"])
    assert len(picture.data) <= 150_000
    with Image.open(io.BytesIO(picture.data)) as shown:
        assert shown.width > shown.height
        assert shown.format.lower() in picture.headers["Content-Type"]
    assert client.get(page.soup.find("a", string="Chia sẻ")["href"]).h1.startswith("Chia sẻ giấy số")


def test_a_member_sees_only_their_own(client):
    rows = published()
    client.sign_in(account_id_of(rows[0].person_id))

    page = client.get("/chung-nhan/")

    assert rows[0].snapshot["number"] in page.text
    assert rows[1].snapshot["number"] not in page.text
    for ending in (".pdf", ".jpg"):
        client.get(f"/chung-nhan/{rows[1].public_id}{ending}", 404)


def test_nobody_else_takes_a_paper_but_clerk_and_officer_of_the_place(client):
    row = published()[0]
    client.get(f"/chung-nhan/{row.public_id}.pdf", 303)

    for other in (make_account("Người Lạ", None), clerk("00004", "Cán Bộ Khác"), officer("52", "Siu Black")):
        client.sign_in(other)
        client.get(f"/chung-nhan/{row.public_id}.pdf", 404)
    for theirs in (clerk(), officer()):
        client.sign_in(theirs)
        assert client.get(f"/chung-nhan/{row.public_id}.pdf").data


def test_who_takes_somebody_elses_paper_is_in_the_journal_and_a_holder_is_not(client, session):
    row = really_printed(session)
    clerk_id, officer_id = clerk(), officer()
    for account in (account_id_of(row.person_id), clerk_id, officer_id):
        client.sign_in(account)
        for ending in (".pdf", ".jpg"):
            client.get(f"/chung-nhan/{row.public_id}{ending}")

    taken = session.scalars(select(JournalEntry).where(JournalEntry.verb == "take").order_by(JournalEntry.id)).all()
    forms = ("pdf", "image")
    assert [(line.actor_id, line.detail["form"]) for line in taken] == [
        (account, form) for account in (clerk_id, officer_id) for form in forms
    ]
    assert {(line.kind, line.object_id, line.area_code) for line in taken} == {
        ("certificate", str(row.id), row.province_code)
    }
    assert {line.detail["number"] for line in taken} == {row.snapshot["number"]}


def test_who_has_none_yet_reads_how_to_get_one(client):
    client.sign_in(make_account("Người Mới", None))

    assert "chưa có giấy chứng nhận nào" in client.get("/chung-nhan/").text


def test_what_is_earned_and_waits_for_a_decision_is_told(client, session):
    (person,) = learned(("Nguyễn Thị Đẹp",))
    client.sign_in(account_id_of(person))

    page = client.get("/chung-nhan/").text

    assert "Đã hoàn thành, đang chờ quyết định của Sở" in page
    assert "Khóa “Dịch vụ công trực tuyến”" in page


def test_an_approved_class_no_longer_waits(client):
    approve(finalised_class())
    row = certificates()[0]
    client.sign_in(account_id_of(row.person_id))

    assert "đang chờ quyết định" not in client.get("/chung-nhan/").text


def test_a_teams_certificate_stands_on_the_page_of_everybody_in_the_team(client, session):
    people = learned()
    team = session.scalar(select(Membership.team_id).where(Membership.person_id == people[0]))
    accept(propose_about("team", SKILL, [f"team:{team}:{SKILL}"]))
    (row,) = publish()

    for person in people[:2]:
        page = client.sign_in(account_id_of(person)).get("/chung-nhan/")
        assert "cấp cho Tổ công nghệ số cộng đồng" in page.text
        assert client.get(f"/chung-nhan/{row.public_id}.pdf").data
        assert not session.scalars(select(JournalEntry).where(JournalEntry.verb == "take")).all()
        assert not page.soup.find("a", string="Chia sẻ")
    client.sign_in(make_account("Người Lạ")).get(f"/chung-nhan/{row.public_id}.pdf", 404)
