"""Papers as files on the server: where they lie, what they are called, and that no power cut leaves half of one."""

import csv
import hashlib
import os
import signal
import stat
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from lms.certificates import bundles, bundling, paper_files
from lms.certificates.models import Bundle, Certificate
from lms.certificates.papers import paper_bytes
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files import store
from lms.files.models import StoredFile
from lms.files.rules import keep
from lms.journal.jobs import Progress, run_all
from lms.journal.models import Job
from lms.journal.rules import pause_job, resume_job
from tests.factories import HAC_THANH, THANH_HOA, actor_of, clerk, officer
from tests.lms.certificates.bundle_workers import PROCESS, publish_until_killed
from tests.lms.certificates.world import approve, certificates, finalised_class, publish, published, the_officer

OTHER_COMMUNE = "14812"
HOSTILE = ("../../../../etc/cron.d/x", "/etc/passwd", "C:\\con\\nul", "=cmd|' /C calc'!A0", "💥", "Tên " * 40)
_IGNORED = {"certificates.prepare": lambda *_: {}, "certificates.render": lambda *_: {}}


@pytest.fixture
def make(app):
    """Do the work of bundles that waits, and no other."""
    return lambda: run_all({bundles.BUNDLE: bundling.HANDLERS[bundles.BUNDLE]} | _IGNORED)


def order(by=None, **scope):
    by = by or the_officer()
    return in_unit(lambda s: bundles.order_bundle(s, by=by, form="files", now=utc_now(), **scope).id)


def bundle_of(bundle_id):
    db_session().rollback()
    return in_unit(lambda s: s.get_one(Bundle, bundle_id))


def written(make, **scope):
    bundle_id = order(**scope)
    make()
    bundle = bundle_of(bundle_id)
    assert bundle.made_at
    return bundle


def files_of(bundle):
    """Return every file under the folder by its path within."""
    root = bundles.published_folder(bundle)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def listed(bundle):
    text = (bundles.published_folder(bundle) / "DANH-SACH.csv").read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def of_people(count):
    approve(finalised_class(tuple(f"Người {n}" for n in range(count))))
    return publish()


def to_the_other_commune(row):
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == row.id).values(commune_code=OTHER_COMMUNE)))


def test_each_paper_is_a_file_in_the_folder_of_its_commune_and_stands_on_the_list(app, session, make):
    rows = published()
    to_the_other_commune(rows[1])

    bundle = written(make)

    here, there = "phuong-hac-thanh-14797", f"{_name_of(session, OTHER_COMMUNE)}-{OTHER_COMMUNE}"
    paths = [
        f"{here}/0001-2026-gcn-skhcn-nguyen-thi-dep.pdf",
        f"{there}/0002-2026-gcn-skhcn-h-ro-cham-thi-ngoc-bich-phuong-tuyen.pdf",
        f"{here}/0003-2026-gcn-skhcn-le-van-tam.pdf",
    ]
    files = files_of(bundle)
    assert set(files) == {*paths, "DANH-SACH.csv"}
    assert [files[path] for path in paths] == [paper_bytes(session, row) for row in certificates()]
    by_path = {line["Tệp"]: line for line in listed(bundle)}
    for row, path in zip(certificates(), paths, strict=True):
        line = by_path[path]
        assert (line["Số giấy"], line["Họ và tên"]) == (row.snapshot["number"], row.snapshot["name"])
        assert line["SHA-256"] == hashlib.sha256(files[path]).hexdigest() == row.file_sha256
        assert line["Xã, phường"] == row.snapshot["commune"]
    assert [line["STT"] for line in listed(bundle)] == ["1", "2", "3"]


def _name_of(session, code):
    from lms.areas.models import Area
    from lms.certificates.paper_lists import plain

    return plain(session.get_one(Area, code).full_name)


def test_the_folder_is_the_settings_or_one_in_the_data_folder(app, make, tmp_path):
    row = published()[0]
    bundle = written(make, list_id=row.list_id)
    here = bundle.asked_at + timedelta(hours=7)
    own = f"bo-{bundle.id}-ngay-{here:%Y-%m-%d-luc-%H-%M-%S}"
    assert bundles.published_folder(bundle) == Path(app.config["LMS_DATA_DIR"], "giay-da-cap", own)

    app.config["LMS_PUBLISH_DIR"] = str(tmp_path / "luu-tru")
    again = written(make, list_id=row.list_id)

    assert len(files_of(again)) == 4
    assert {path.name for path in (tmp_path / "luu-tru").iterdir()} == {bundles.published_folder(again).name}


def test_whatever_a_name_holds_no_file_comes_to_lie_outside(app, make, tmp_path):
    app.config["LMS_PUBLISH_DIR"] = str(tmp_path / "luu-tru")
    approve(finalised_class(tuple(f"Người {n}" for n in range(len(HOSTILE)))))
    for row, name in zip(certificates(), HOSTILE, strict=True):
        snapshot = row.snapshot | {"name": name}
        in_unit(lambda s, row=row, snapshot=snapshot: setattr(s.get_one(Certificate, row.id), "snapshot", snapshot))
    publish()
    before = {path for path in tmp_path.rglob("*") if "du-lieu" not in path.parts}

    bundle = written(make)

    root = bundles.published_folder(bundle)
    assert len(files_of(bundle)) == len(HOSTILE) + 1
    for path in {path for path in tmp_path.rglob("*") if "du-lieu" not in path.parts} - before:
        assert path == root.parent or path.is_relative_to(root)
        assert len(path.name) <= 100
        assert not set(path.name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.DANHSC")
    assert not [cell for line in listed(bundle) for cell in line.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_paper_that_lies_there_with_the_right_bytes_is_not_written_again(app, make):
    rows = of_people(3)
    bundle_id = order(list_id=rows[0].list_id)
    folder = bundles.published_folder(bundle_of(bundle_id)) / "phuong-hac-thanh-14797"
    folder.mkdir(parents=True)
    right, wrong = folder / "0001-nguoi-0.pdf", folder / "0002-nguoi-1.pdf"
    right.write_bytes(paper_bytes(db_session(), rows[0]))
    os.utime(right, (1, 1))
    wrong.write_bytes(b"half a pa")

    make()

    assert right.stat().st_mtime == 1
    assert wrong.read_bytes() == paper_bytes(db_session(), certificates()[1])
    assert len(listed(bundle_of(bundle_id))) == 3


def test_half_written_papers_and_those_revoked_meanwhile_are_taken_away(app, make, monkeypatch):
    rows = of_people(3)
    bundle_id = order(list_id=rows[0].list_id)
    folder = bundles.published_folder(bundle_of(bundle_id)) / "phuong-hac-thanh-14797"
    folder.mkdir(parents=True)
    (folder / f"{paper_files.HALF}0123").write_bytes(b"%PDF half")
    (folder.parent / f"{paper_files.HALF}4567").write_bytes(b"half a list")
    (folder / "ghi-chu-cua-luu-tru.txt").write_text("giữ lại")
    write_list, revoked = paper_files._write_list, rows[1].id

    def revoke_first(*args):
        now = utc_now()
        in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == revoked).values(revoked_at=now)))
        return write_list(*args)

    monkeypatch.setattr(paper_files, "_write_list", revoke_first)
    make()

    assert {path.name for path in folder.iterdir()} == {
        "0001-nguoi-0.pdf", "0003-nguoi-2.pdf", "ghi-chu-cua-luu-tru.txt",
    }  # fmt: skip
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, "DANH-SACH.csv"}
    assert [line["Họ và tên"] for line in listed(bundle_of(bundle_id))] == ["Người 0", "Người 2"]
    assert bundle_of(bundle_id).parts[-1]["listed"] == 2


def test_a_paper_whose_bytes_are_lost_or_changed_is_told_and_not_written(client, session, make):
    lost, changed, _ = of_people(3)
    store.drop(session.get_one(StoredFile, lost.file_id).sha256)
    path = store._path(session.get_one(StoredFile, changed.file_id).sha256)
    path.chmod(0o600)
    path.write_bytes(b"%PDF changed")

    bundle = written(make, list_id=lost.list_id)

    assert set(files_of(bundle)) == {"DANH-SACH.csv", "phuong-hac-thanh-14797/0003-nguoi-2.pdf"}
    assert [line["Số giấy"] for line in listed(bundle)] == ["0003/2026/GCN-SKHCN"]
    page = client.sign_in(officer()).get(f"/quan-ly/chung-nhan/bo/{bundle.id}")
    assert "Số 0001/2026/GCN-SKHCN, 0002/2026/GCN-SKHCN chưa ghi ra được" in page.text
    assert "Đã ghi 1 giấy" in page.text


def test_files_get_the_rights_that_the_server_gives_new_files(app, make):
    row = published()[0]
    before = os.umask(0o027)
    try:
        bundle = written(make, list_id=row.list_id)
    finally:
        os.umask(before)

    rights = {stat.S_IMODE(p.stat().st_mode) for p in bundles.published_folder(bundle).rglob("*") if p.is_file()}
    assert rights == {0o640}


def test_a_folder_that_takes_no_file_is_told_and_the_papers_can_be_ordered_again(app, session, make, tmp_path):
    row = published()[0]
    blocked = tmp_path / "luu-tru"
    blocked.write_text("đây là một tệp, không phải thư mục")
    app.config["LMS_PUBLISH_DIR"] = str(blocked)
    order(list_id=row.list_id)
    make()

    job = session.scalars(select(Job).where(Job.kind == bundles.BUNDLE)).one()
    assert "Không ghi được vào thư mục giấy đã cấp trên máy chủ" in job.failure
    blocked.unlink()
    again = written(make, list_id=row.list_id)

    assert list(session.scalars(select(Bundle.id))) == [again.id]
    assert len(files_of(again)) == 4


def test_paused_and_resumed_what_is_written_is_not_written_again(app, unit, session, make, monkeypatch):
    rows = of_people(6)
    for row in rows[3:]:
        to_the_other_commune(row)
    by = the_officer()
    bundle_id = order(by)
    job_id = session.scalar(select(Bundle.job_id))
    monkeypatch.setattr(bundling, "_AT_ONCE", 1)
    write, done = paper_files._write_paper, []

    def write_and_pause(path, certificate):
        size = write(path, certificate)
        done.append(path)
        if len(done) == 4:
            unit(lambda s: pause_job(s, by=by, job_id=job_id, now=utc_now()))
        return size

    monkeypatch.setattr(paper_files, "_write_paper", write_and_pause)
    make()
    half = bundle_of(bundle_id)
    assert (len(half.parts), half.made_at, len(files_of(half))) == (1, None, 4)
    before = {path: path.stat().st_mtime_ns for path in done}

    unit(lambda s: resume_job(s, by=by, job_id=job_id, now=utc_now()))
    make()

    bundle = bundle_of(bundle_id)
    assert [part["count"] for part in bundle.parts] == [3, 3, 0]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(files_of(bundle)) == 7


def test_killed_in_the_middle_the_next_worker_writes_only_what_is_missing(app, engine_url, unit, session, make):
    rows = of_people(8)
    for row in rows[3:]:
        to_the_other_commune(row)
    bundle_id = order()
    root = bundles.published_folder(bundle_of(bundle_id))
    session.rollback()
    worker = PROCESS.Process(target=publish_until_killed, args=(engine_url, app.config["LMS_DATA_DIR"]))
    worker.start()
    while len(list(root.rglob("*.pdf"))) < 5:
        assert worker.is_alive()
        time.sleep(0.005)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    whole = {row.file_sha256 for row in rows}
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.pdf")}
    assert 5 <= len(before) < 8
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in before} <= whole
    assert len(bundle_of(bundle_id).parts) == 1
    unit(lambda s: s.execute(update(Job).values(lease_until=utc_now() - timedelta(seconds=1))))

    make()

    assert {path: path.stat().st_mtime_ns for path in before} == before
    bundle = bundle_of(bundle_id)
    assert bundle.made_at
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*.pdf")} == whole
    assert len(listed(bundle)) == 8
    assert not list(root.rglob(f"{paper_files.HALF}*"))


def test_one_paper_is_in_memory_at_a_time(app):
    rows, by = of_people(20), the_officer()
    in_unit(lambda s: [store_instead(s, row.id, os.urandom(1_000_000), by) for row in rows])
    bundle_id = order(list_id=rows[0].list_id)
    tracemalloc.start()
    bundling.make_bundle(bundle_id, Progress(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert bundle_of(bundle_id).parts[0]["size"] == 20_000_000
    assert peak < 4_000_000


def store_instead(s, certificate_id, paper, by):
    """Let these bytes be a certificate's paper, kept as every other is."""
    kept = keep(s, paper, name="giay.pdf", media_type="application/pdf", by=by, now=utc_now())
    row = s.get_one(Certificate, certificate_id)
    row.stem_file_id, row.file_id, row.file_sha256 = None, kept.id, kept.sha256


def test_files_are_for_the_department_alone(app, client):
    published()
    by = actor_of(clerk())

    with pytest.raises(bundles.FormUnknown):
        order(by, commune_code=HAC_THANH)
    page = client.sign_in(clerk(HAC_THANH, "Người Khác")).get(f"/quan-ly/chung-nhan/xa/{HAC_THANH}/")
    assert [field["value"] for field in page.soup.find_all("input", type="radio")] == ["zip", "print"]
    assert order(commune_code=HAC_THANH)


def test_files_on_the_server_stay_when_their_bundle_is_deleted_or_old(app, unit, session, make):
    row = published()[0]
    bundle = written(make, list_id=row.list_id)
    bundles.drop_old_bundles(utc_now() + timedelta(days=31))
    assert session.get(Bundle, bundle.id)
    by = the_officer()

    unit(lambda s: bundles.delete_bundle(s, by=by, bundle_id=bundle.id, now=utc_now()))
    bundles.drop_old_bundles(utc_now())

    assert list(session.scalars(select(Bundle.id))) == []
    assert len(files_of(bundle)) == 4


def test_the_page_says_where_the_files_lie_and_hands_out_their_list(client, make):
    row = published()[0]
    client.sign_in(officer())
    form = client.get(f"/quan-ly/chung-nhan/danh-sach/{row.list_id}").form("/bo")
    form.find("input", value="zip").attrs.pop("checked")
    form.find("input", value="files")["checked"] = ""
    ordered = client.send(form).location
    make()

    page = client.get(ordered)

    bundle = in_unit(lambda s: s.scalars(select(Bundle)).one())
    assert str(bundles.published_folder(bundle)) in page.text
    assert "Đã ghi 3 giấy" in page.text
    taken = client.get(page.soup.find("a", string="Tải danh sách các tệp")["href"])
    assert taken.data == files_of(bundle)["DANH-SACH.csv"]
    folder = bundle.parts[0]["name"]
    assert client.status_of(f"{ordered}/{folder}") == 404
    assert client.status_of(f"{ordered}/{folder}%2f0001-nguyen-thi-dep.pdf") == 404
    assert bundle.province_code == THANH_HOA
