"""News carried by hand: words for Zalo that fit, and the printed list from which the clerk calls."""

import io
from datetime import timedelta

import pypdfium2
import pytest

from lms.db import db_session, in_unit
from lms.journal.models import Job, JournalEntry
from lms.people.models import Person
from lms.training import rules
from lms.training.messages import MOST, pack, short
from tests.factories import clerk

COMMUNE = "/quan-ly/tap-huan/xa/"


def texts(page):
    return [area.get_text().replace("\r\n", "\n") for area in page.soup.find_all("textarea")]


def test_lines_are_packed_in_order_into_as_few_messages_as_hold_them():
    lines = [f"- người số {number}" for number in range(60)]

    made = pack("Đầu tin", lines, "Cuối tin")

    assert all(len(text) <= MOST for text in made)
    assert [line for text in made for line in text.split("\n") if line.startswith("-")] == lines
    assert all(text.startswith("Đầu tin\n") and text.endswith("\nCuối tin") for text in made)
    assert len(made) <= 4


def test_a_line_too_long_for_a_message_is_shortened_at_a_word():
    (text,) = pack("Đầu", ["rất " * 300], "Cuối")

    assert len(text) <= MOST
    assert "rất…" in text


def test_nothing_to_say_makes_no_message():
    assert pack("Đầu", [], "Cuối") == []


@pytest.mark.parametrize(("words", "most", "cut"), [("một hai ba", 10, "một hai ba"), ("một hai ba", 9, "một hai…"),
                                                    ("mộthaiba", 5, "mộth…")])  # fmt: skip
def test_words_are_shortened_only_where_they_must_be(words, most, cut):
    assert short(words, most) == cut


def test_the_clerk_reads_what_to_paste_for_the_commune_and_for_each_team(world, client):
    first, second = world.team(), world.team()
    class_id = world.published(first, second)
    world.do(rules.confirm_seat, by=second.by("leader"), seat_id=world.seat(class_id, second.leader).id)

    page = client.sign_in(world.clerk.account_id).get(COMMUNE + "tin-nhan")
    whole, of_first, alone, of_second = texts(page)

    assert "Nguyễn Thị Trưởng 1 (Tổ dân phố 1), trước" in whole
    assert "Trưởng 2" not in whole
    assert of_first.startswith("Tổ dân phố 1: lịch tập huấn.")
    assert "được mời dự lớp “Lớp dịch vụ công số 1”, sáng 01/12/2026, tại Nhà văn hóa phường Hạc Thành" in of_first
    assert "đã xác nhận dự lớp" in of_second
    assert "được mời dự lớp" in alone
    assert "/tap-huan/tra-loi/" in alone
    assert "/tra-loi/" not in whole + of_first + of_second
    assert all("https://hoc.example.vn/tap-huan/" in text and len(text) <= MOST for text in texts(page))


def test_a_message_with_the_longest_names_still_fits(world, client, unit):
    team = world.team("Tổ " + "công nghệ số cộng đồng " * 5)
    unit(lambda s: setattr(s.get_one(Person, team.leader), "full_name", "Nguyễn " + "Thị " * 28))
    world.published(team, title="Lớp " + "dịch vụ công " * 15, venue="Hội trường " + "nhà văn hóa " * 15)

    page = client.sign_in(world.clerk.account_id).get(COMMUNE + "tin-nhan")

    assert texts(page)
    assert all(len(text) <= MOST for text in texts(page))


def test_another_communes_clerk_reads_nothing_of_it(world, client):
    world.published(world.team())

    page = client.sign_in(clerk("14758")).get(COMMUNE + "tin-nhan")

    assert texts(page) == []


def test_the_officer_reads_what_to_paste_for_a_class(world, client):
    class_id = world.published(world.team())

    (text,) = texts(client.sign_in(world.officer.account_id).get(f"/quan-ly/tap-huan/lop/{class_id}/tin-nhan"))

    assert "Lớp tập huấn “Lớp dịch vụ công số 1”" in text
    assert "Sáng 01/12/2026\nChiều 01/12/2026" in text
    assert len(text) <= MOST


def test_the_clerk_prints_whom_to_call_and_the_view_of_phones_is_journalled(world, client, run_jobs, unit):
    team, answered = world.team(), world.team()
    unit(lambda s: setattr(s.get_one(Person, team.leader), "phone", "0914994123"))
    class_id = world.published(team, answered)
    world.do(rules.confirm_seat, by=answered.by("leader"), seat_id=world.seat(class_id, answered.leader).id)
    client.sign_in(world.clerk.account_id)

    waiting = client.send(client.get(COMMUNE + "goi-dien").form("/in-goi-dien"))
    run_jobs()
    paper = client.get(f"{waiting.location}/tep")
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(paper.data)))

    assert "DANH SÁCH GỌI ĐIỆN" in text
    assert "Nguyễn Thị Trưởng 1" in text
    assert "0914 994 123" in text
    assert "Trưởng 2" not in text
    seen = db_session().query(JournalEntry).filter_by(verb="print_phones").one()
    assert seen.detail == {"people": [team.leader]}
    assert seen.area_code == "14797"


def test_the_most_urgent_is_called_first(world, unit):
    from lms.training.calling import call_list_paper

    late, soon = world.team(), world.team()
    class_id = world.published(late, soon)
    seat = world.seat(class_id, soon.leader).id

    def sooner(session):
        from lms.training.models import Seat

        row = session.get_one(Seat, seat)
        row.expires_at = row.expires_at - timedelta(hours=5)

    in_unit(sooner)

    paper = call_list_paper(db_session(), ["14797"], world.now)

    assert [row.name for row in paper.rows] == ["Nguyễn Thị Trưởng 2", "Nguyễn Thị Trưởng 1"]


def test_the_printed_list_is_fetched_by_its_asker_only(world, client, run_jobs):
    world.published(world.team())
    client.sign_in(world.clerk.account_id).post(COMMUNE + "in-goi-dien")
    run_jobs()
    job_id = db_session().query(Job).filter_by(kind="training.call_list").one().id

    client.sign_in(clerk()).get(f"/viec/{job_id}/tep", 404)


def test_the_answer_in_a_persons_own_message_is_one_tap_without_signing_in(world, client):
    team = world.team()
    class_id = world.published(team)
    _, _, alone = texts(client.sign_in(world.clerk.account_id).get(COMMUNE + "tin-nhan"))
    client.sign_out()
    path = alone.rsplit("https://hoc.example.vn", 1)[1].strip()

    page = client.get(path)
    client.send(page.form("/" + path.rsplit("/", 1)[1]), tra_loi="du")

    assert world.seat(class_id, team.leader).state == "confirmed"
