"""Many papers in one go: the fixed set, safe names, parts, pause, kill -9, who may take them, and how they go."""

import csv
import hashlib
import io
import os
import signal
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from lms.certificates import bundle_papers, bundles, bundling, paper_lists
from lms.certificates.models import Bundle, Certificate
from lms.certificates.papers import paper_bytes
from lms.clock import utc_now
from lms.db import in_unit
from lms.errors import NotFound
from lms.journal.jobs import Progress, run_all
from lms.journal.models import Job, JournalEntry
from lms.journal.rules import pause_job, resume_job
from tests.factories import HAC_THANH, actor_of, clerk, make_account, officer
from tests.lms.certificates.bundle_workers import PROCESS, bundle_until_killed
from tests.lms.certificates.world import (
    NAMES,
    approve,
    certificates,
    finalised_class,
    publish,
    published,
    the_officer,
)

HOSTILE = ("Nguyễn Thị Đẹp", "=cmd|' /C calc'!A0", "../../etc/passwd", "Nguyễn Thị Đẹp")


def order(by, *, form="zip", now=None, **scope):
    return in_unit(lambda s: bundles.order_bundle(s, by=by, form=form, now=now or utc_now(), **scope).id)


def made(by, run_jobs, **scope):
    bundle_id = order(by, **scope)
    run_jobs()
    return bundle_of(bundle_id)


def bundle_of(bundle_id):
    bundle = in_unit(lambda s: s.get_one(Bundle, bundle_id))
    assert bundle.made_at
    return bundle


def opened(bundle, place=0):
    return zipfile.ZipFile(bundles.folder_of(bundle.id) / bundle.parts[place]["name"])


def pages_of(bundle, part):
    document = pypdfium2.PdfDocument(bundles.folder_of(bundle.id) / part["name"])
    return [page.get_textpage().get_text_range() for page in document]


def said(page):
    """Return whose page it is."""
    (name,) = [name for name in NAMES if name.casefold() in " ".join(page.split()).casefold()]
    return name


def blank_page():
    document = pypdfium2.PdfDocument.new()
    document.new_page(842, 595)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def make(app):
    """Do the work of bundles that waits, and no other."""
    return lambda: run_all({bundles.BUNDLE: bundling.HANDLERS[bundles.BUNDLE]} | _IGNORED)


_IGNORED = {"certificates.prepare": lambda *_: {}, "certificates.render": lambda *_: {}}


def test_a_list_becomes_one_file_for_each_with_the_very_bytes(app, session, make):
    rows = published()
    bundle = made(the_officer(), make, list_id=rows[0].list_id)

    with opened(bundle) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "0001-nguyen-thi-dep.pdf", "0002-h-ro-cham-thi-ngoc-bich-phuong-tuyen.pdf", "0003-le-van-tam.pdf",
            "DANH-SACH.csv",
        ]  # fmt: skip
        for row, name in zip(certificates(), archive.namelist(), strict=False):
            assert archive.read(name) == paper_bytes(session, row)
        listed = list(csv.DictReader(io.StringIO(archive.read("DANH-SACH.csv").decode("utf-8-sig"))))
    assert [line["Họ và tên"] for line in listed] == [row.snapshot["name"] for row in certificates()]
    assert [line["Tên tệp"] for line in listed] == [
        "0001-nguyen-thi-dep.pdf", "0002-h-ro-cham-thi-ngoc-bich-phuong-tuyen.pdf", "0003-le-van-tam.pdf",
    ]  # fmt: skip
    (part,) = bundle.parts
    data = (bundles.folder_of(bundle.id) / part["name"]).read_bytes()
    assert (part["size"], part["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert (part["count"], part["first"], part["last"]) == (3, rows[0].id, rows[-1].id)


def test_hostile_names_make_neither_paths_nor_formulas_nor_doubles(app, make):
    approve(finalised_class(HOSTILE))
    rows = publish()
    by = the_officer()

    for scope in ({"list_id": rows[0].list_id}, {"commune_code": HAC_THANH}, {}):
        with opened(made(by, make, **scope)) as archive:
            names = archive.namelist()
            assert len(set(names)) == len(rows) + 1
            assert all(not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.DANHSC") for name in names)
            lines = list(csv.reader(io.StringIO(archive.read("DANH-SACH.csv").decode("utf-8-sig"))))
        assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
        assert lines[2][2] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1"])
def test_what_a_spreadsheet_would_compute_is_escaped(text):
    assert paper_lists.safe_cell(text).startswith("'")


def test_names_stay_unique_over_two_books():
    old, new = (
        Certificate(number=1, snapshot={"number": f"0001/{year}/GCN-SKHCN", "name": "An"}) for year in (2025, 2026)
    )

    assert paper_lists.file_name(old, in_list=False) == "0001-2025-gcn-skhcn-an.pdf"
    assert paper_lists.file_name(new, in_list=False) == "0001-2026-gcn-skhcn-an.pdf"
    assert paper_lists.file_name(Certificate(number=1, snapshot={"name": "💥"}), in_list=True) == "0001-giay.pdf"


def test_a_bundle_holds_what_was_public_when_it_was_ordered(app, session, unit, make):
    first = published()
    by = the_officer()
    bundle_id = order(by)
    approve(finalised_class(("Người Đến Sau",)))
    publish(now=utc_now())
    unit(lambda s: s.execute(update(Certificate).where(Certificate.id == first[1].id).values(revoked_at=utc_now())))

    make()

    with opened(bundle_of(bundle_id)) as archive:
        assert [name[:4] for name in archive.namelist()] == ["0001", "0003", "DANH"]
    assert bundle_papers.count_ended_since(session, bundle_of(bundle_id)) == 1


def test_a_commune_gets_its_own_papers_only(app, unit, make):
    published()
    unit(lambda s: s.execute(update(Certificate).where(Certificate.number == 2).values(commune_code="00004")))

    with opened(made(actor_of(clerk()), make, commune_code=HAC_THANH)) as archive:
        assert [name[:4] for name in archive.namelist()] == ["0001", "0003", "DANH"]


def test_the_print_run_holds_fonts_once_and_whoever_was_laid_out_alone_stands_behind(app, unit, make, run_jobs):
    """The real press: two papers of the compiled template as one run, the third from its own file."""
    listed = approve(finalised_class())
    run_jobs()
    unit(lambda s: s.execute(update(Certificate).where(Certificate.number == 2).values(way="laid_out")))
    assert {row.way for row in certificates()} == {"compiled", "laid_out"}

    bundle = made(the_officer(), make, form="print", list_id=listed.id)

    run, alone = bundle.parts
    assert (run["count"], run["press"][0], run["left_out"]) == (2, "compiled", [])
    assert (alone["count"], alone["press"][0]) == (1, "laid_out")
    assert [said(page) for page in pages_of(bundle, run)] == [NAMES[0], NAMES[2]]
    assert [said(page) for page in pages_of(bundle, alone)] == [NAMES[1]]
    assert run["size"] < 2 * len(paper_bytes(unit(lambda s: s), certificates()[0]))


def test_a_print_run_goes_on_with_the_press_it_stood_at(app, unit, make, monkeypatch):
    """The parts of a run are cut short here, so that a second run finds one press half done and one untouched."""
    rows = published()
    unit(lambda s: s.execute(update(Certificate).where(Certificate.number == 2).values(way="compiled")))
    monkeypatch.setattr(bundling, "frozen_of", lambda *_: None)
    monkeypatch.setattr(bundling, "paper_bytes", lambda *_: blank_page())
    monkeypatch.setattr(bundling, "MOST_BOUND", 1)

    bundle = made(the_officer(), make, form="print", list_id=rows[0].list_id)

    assert [part["first"] for part in bundle.parts] == [rows[1].id, rows[0].id, rows[2].id]
    assert [part["name"] for part in bundle.parts] == ["phan-1.pdf", "phan-2.pdf", "phan-3.pdf"]


def test_parts_end_at_their_limit_and_none_is_lost_or_doubled(app, make, monkeypatch):
    approve(finalised_class(tuple(f"Người {n}" for n in range(7))))
    rows = publish()
    monkeypatch.setattr(bundling, "MOST_PAPERS", 3)

    bundle = made(the_officer(), make, list_id=rows[0].list_id)

    assert [(part["name"], part["count"]) for part in bundle.parts] == [
        ("phan-1.zip", 3), ("phan-2.zip", 3), ("phan-3.zip", 1),
    ]  # fmt: skip
    names = [name for place in range(3) for name in opened(bundle, place).namelist() if name != "DANH-SACH.csv"]
    assert [int(name[:4]) for name in names] == [row.number for row in rows]
    monkeypatch.setattr(bundling, "MOST_BYTES", 1)
    assert [part["count"] for part in made(the_officer(), make, list_id=rows[0].list_id).parts] == [1] * 7


def test_paused_and_resumed_finished_parts_are_not_made_again(app, unit, session, make, monkeypatch):
    approve(finalised_class(tuple(f"Người {n}" for n in range(6))))
    rows = publish()
    monkeypatch.setattr(bundling, "MOST_PAPERS", 2)
    by = the_officer()
    bundle_id = order(by, list_id=rows[0].list_id)
    job_id = session.scalar(select(Bundle.job_id))
    add_part, noted = bundles.add_part, []

    def note_and_pause(s, *, bundle_id, part):
        add_part(s, bundle_id=bundle_id, part=part)
        noted.append(part["name"])
        if len(noted) == 2:
            pause_job(s, by=by, job_id=job_id, now=utc_now())

    monkeypatch.setattr(bundling, "add_part", note_and_pause)
    make()
    half = in_unit(lambda s: s.get_one(Bundle, bundle_id))
    assert (len(half.parts), half.made_at) == (2, None)
    assert not list(bundles.folder_of(bundle_id).glob(".dang-lam-*"))
    before = {path.name: path.stat().st_mtime_ns for path in bundles.folder_of(bundle_id).iterdir()}

    unit(lambda s: resume_job(s, by=by, job_id=job_id, now=utc_now()))
    make()

    assert noted == ["phan-1.zip", "phan-2.zip", "phan-3.zip"]
    assert bundle_of(bundle_id).parts[:2] == half.parts
    after = {path.name: path.stat().st_mtime_ns for path in bundles.folder_of(bundle_id).iterdir()}
    assert {name: after[name] for name in before} == before


def test_killed_in_the_middle_the_next_worker_goes_on_behind_the_last_part(app, engine_url, unit, session, make):
    approve(finalised_class(tuple(f"Người {n}" for n in range(6))))
    rows = publish()
    bundle_id = order(the_officer(), list_id=rows[0].list_id)
    session.rollback()
    worker = PROCESS.Process(target=bundle_until_killed, args=(engine_url, app.config["LMS_DATA_DIR"]))
    worker.start()
    _wait_for_parts(session, worker, 2)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    kept = in_unit(lambda s: s.get_one(Bundle, bundle_id)).parts
    before = {part["name"]: (bundles.folder_of(bundle_id) / part["name"]).stat().st_mtime_ns for part in kept}
    assert 2 <= len(kept) < 6
    unit(lambda s: s.execute(update(Job).values(lease_until=utc_now() - timedelta(seconds=1))))

    make()

    bundle = bundle_of(bundle_id)
    assert bundle.parts[: len(kept)] == kept
    for name, when in before.items():
        assert (bundles.folder_of(bundle_id) / name).stat().st_mtime_ns == when
    names = [name for place in range(len(bundle.parts)) for name in opened(bundle, place).namelist()]
    assert sorted(int(name[:4]) for name in names if name != "DANH-SACH.csv") == [row.number for row in rows]


def test_one_paper_is_in_memory_at_a_time(app, make, monkeypatch):
    """Two thousand papers of 50 kB would be 100 MB; written as they come they cost less than a tenth."""
    import tracemalloc

    approve(finalised_class(tuple(f"Người {n}" for n in range(40))))
    rows = publish()
    paper = os.urandom(1_000_000)
    monkeypatch.setattr(bundling, "paper_parts", lambda *_: (b"", bytes(bytearray(paper))))
    bundle_id = order(the_officer(), list_id=rows[0].list_id)
    tracemalloc.start()
    bundling.make_bundle(bundle_id, Progress(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert bundle_of(bundle_id).parts[0]["size"] > 40_000_000
    assert peak < 8_000_000


def test_only_who_answers_for_a_place_orders_and_takes(app, session, unit, make):
    row = published()[0]
    by = the_officer()
    strangers = [
        actor_of(officer("52", "Siu Black")),
        actor_of(clerk("00004", "Xã Khác")),
        actor_of(make_account("Lạ")),
    ]
    for other in strangers:
        for scope in ({"list_id": row.list_id}, {"commune_code": HAC_THANH}):
            with pytest.raises(NotFound):
                order(other, **scope)
    with pytest.raises(NotFound):
        order(actor_of(clerk()), list_id=row.list_id)
    with pytest.raises(NotFound):
        order(actor_of(clerk()))
    of_commune, of_list = (made(by, make, **scope) for scope in ({"commune_code": HAC_THANH}, {"list_id": row.list_id}))

    assert bundles.own_bundle(session, actor_of(clerk()), of_commune.id).id == of_commune.id
    with pytest.raises(NotFound):
        bundles.own_bundle(session, actor_of(clerk()), of_list.id)
    for other in strangers:
        with pytest.raises(NotFound):
            bundles.own_bundle(session, other, of_commune.id)


def test_with_nothing_public_there_is_nothing_to_order(app):
    approve(finalised_class())

    with pytest.raises(bundles.NothingToBundle):
        order(the_officer())
    published()
    with pytest.raises(bundles.FormUnknown):
        order(the_officer(), form="exe")


def test_the_same_papers_are_gathered_in_the_same_form_once_at_a_time(app, session, unit, make):
    row, by = published()[0], the_officer()
    scopes = [{"list_id": row.list_id}, {"commune_code": HAC_THANH}, {}]
    begun = [(form, scope, order(by, form=form, **scope)) for scope in scopes for form in ("zip", "print", "files")]
    for form, scope, bundle_id in begun:
        with pytest.raises(bundles.BundleUnderWay, match=f"bộ giấy số {bundle_id},"):
            order(by, form=form, **scope)
    for job_id in session.scalars(select(Bundle.job_id)).all():
        unit(lambda s, job_id=job_id: pause_job(s, by=by, job_id=job_id, now=utc_now()))
    with pytest.raises(bundles.BundleUnderWay):
        order(by)
    assert session.scalar(select(func.count()).select_from(Bundle)) == len(begun)

    unit(lambda s: bundles.delete_bundle(s, by=by, bundle_id=begun[0][2], now=utc_now()))
    assert order(by, list_id=row.list_id)


@pytest.mark.parametrize("scope", ["list", "commune", "province"])
def test_the_database_itself_keeps_a_second_bundle_out(app, unit, scope):
    row, by = published()[0], the_officer()
    place = {"list": {"list_id": row.list_id}, "commune": {"commune_code": HAC_THANH}, "province": {}}[scope]
    order(by, **place)

    with pytest.raises(IntegrityError):
        unit(lambda s: s.add(Bundle(form="zip", province_code="38", asked_at=utc_now(), asked_by_id=1, up_to_id=1,
                                    parts=[], **place)))  # fmt: skip


def test_a_bundle_that_failed_gives_way_to_a_new_one(app, unit, session, make):
    row, by = published()[0], the_officer()
    order(by, list_id=row.list_id)
    unit(lambda s: s.execute(update(Job).values(failed_at=utc_now(), failure="Hết đĩa.")))

    bundle = made(by, make, list_id=row.list_id)

    assert list(session.scalars(select(Bundle.id))) == [bundle.id]
    assert bundle.parts[0]["count"] == 3


def test_who_took_which_part_stands_in_the_journal(client, session, make):
    published()
    account = clerk()
    bundle = made(actor_of(account), make, commune_code=HAC_THANH)
    address = f"/quan-ly/chung-nhan/bo/{bundle.id}/phan-1.zip"

    taken = client.sign_in(account).get(address)
    assert hashlib.sha256(taken.data).hexdigest() == bundle.parts[0]["sha256"]
    assert "no-store" in taken.headers["Cache-Control"]
    client.sign_in(clerk("00004", "Xã Khác")).get(address, 404)
    client.sign_in(make_account("Lạ")).get(address, 403)

    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "take_bundle")).one()
    assert (entry.actor_id, entry.object_id, entry.detail["part"]) == (account, str(bundle.id), "phan-1.zip")
    for name in ("..%2f..%2flms.sqlite", "phan-9.zip", "DANH-SACH.csv"):
        client.sign_in(account)
        assert client.status_of(f"/quan-ly/chung-nhan/bo/{bundle.id}/{name}") == 404


def test_a_bundle_can_be_deleted_and_is_dropped_after_thirty_days(app, session, unit, make):
    published()
    by = the_officer()
    old, deleted, fresh = (made(by, make) for _ in range(3))
    unit(lambda s: s.execute(update(Bundle).where(Bundle.id == old.id).values(asked_at=utc_now() - timedelta(days=31))))
    unit(lambda s: bundles.delete_bundle(s, by=by, bundle_id=deleted.id, now=utc_now()))
    stray = bundles.folder_of(999)
    stray.mkdir()

    bundles.drop_old_bundles(utc_now())

    assert list(session.scalars(select(Bundle.id))) == [fresh.id]
    assert [path.name for path in Path(app.config["LMS_DATA_DIR"], "bo-giay").iterdir()] == [str(fresh.id)]
    assert len(certificates()) == 3


def test_a_bundle_deleted_while_it_is_made_leaves_nothing_behind(app, session, unit, make, monkeypatch):
    published()
    by = the_officer()
    bundle_id = order(by)
    write = bundling._write_zip

    def write_and_delete(file, bundle, papers):
        written = write(file, bundle, papers)
        unit(lambda s: bundles.delete_bundle(s, by=by, bundle_id=bundle_id, now=utc_now()))
        return written

    monkeypatch.setattr(bundling, "_write_zip", write_and_delete)
    make()
    bundles.drop_old_bundles(utc_now())

    assert session.scalars(select(Job).where(Job.kind == bundles.BUNDLE)).one().failed_at
    assert not bundles.folder_of(bundle_id).exists()


def test_the_clerk_sees_the_communes_papers_and_orders_them_together(client, make, session):
    rows = published()
    account = clerk()
    client.sign_in(account)
    page = client.get(client.get("/quan-ly/chung-nhan/xa/", 303).location)
    assert page.h1 == "Giấy chứng nhận của phường Hạc Thành"
    for row in rows:
        assert row.snapshot["name"] in page.text

    form = page.form("/bo")
    ordered, again = client.send(form), client.send(form)
    assert ordered.location == again.location
    assert "Hệ thống đang gom giấy" in client.get(ordered.location).text
    make()
    done = client.get(ordered.location)
    assert "3 giấy" in done.text
    assert client.get(done.soup.find("a", string="Tải phần 1")["href"]).data.startswith(b"PK")
    client.send(done.form("/xoa"), follow=True, status=200)
    client.get(ordered.location, 404)


def test_the_officer_pauses_and_resumes_on_the_bundles_page(client, make):
    row = published()[0]
    client.sign_in(officer())
    client.send(client.get(f"/quan-ly/chung-nhan/danh-sach/{row.list_id}").form("/bo"))
    client.send(client.get("/quan-ly/chung-nhan/bo/").form("/moi"))
    page = client.get("/quan-ly/chung-nhan/bo/")
    assert "Danh sách theo Quyết định số 45/QĐ-SKHCN" in page.text
    assert "tỉnh Thanh Hoá" in page.text

    first = client.get("/quan-ly/chung-nhan/bo/1")
    paused = client.send(first.form("/tam-dung"), follow=True, status=200)
    assert "Đang tạm dừng" in paused.text
    assert "Refresh" not in paused.headers
    client.send(paused.form("/lam-tiep"))
    make()
    assert client.get("/quan-ly/chung-nhan/bo/1").soup.find("a", string="Tải phần 1")
    client.sign_in(clerk()).get("/quan-ly/chung-nhan/xa/khong-co/", 404)


def _wait_for_parts(session, worker, count):
    while True:
        session.rollback()
        if len(session.scalar(select(Bundle.parts))) >= count:
            return
        assert worker.is_alive()
        time.sleep(0.005)
