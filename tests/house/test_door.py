"""The door: alone, under a host's prefix, twice in one process, and never with an unsafe secret."""

import re

import brotli
import pytest
from flask import Flask

from lms import LMS, schema
from lms.areas.rules import load_areas, read_official_areas
from lms.db import in_unit
from lms.errors import Misconfigured
from lms.people import rules as people
from lms.people.models import Account
from tests.client import LintedClient
from tests.conftest import SECRET, make_app
from tests.factories import NOON, account_id_of, make_account, make_person
from tests.house.host import Citizen, HostBase, make_host


@pytest.mark.parametrize("secret", [None, "", "dev", "changeme", "a" * 40, "ngắn quá"])
def test_a_missing_or_guessable_secret_stops_the_start_and_says_the_remedy(secret, tmp_path):
    app = Flask("no secret")
    app.config.update(LMS_SECRET_KEY=secret or "", LMS_DATA_DIR=str(tmp_path))

    with pytest.raises(Misconfigured, match=r"token_hex\(32\)"):
        LMS(app)


def test_mounting_twice_on_one_app_is_refused(tmp_path):
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite", str(tmp_path))

    with pytest.raises(Misconfigured, match="một lần"):
        LMS(app)


def test_a_host_with_its_own_sign_in_must_say_who_is_signed_in(tmp_path):
    from flask_login import LoginManager

    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET, LMS_DATA_DIR=str(tmp_path))
    LoginManager(app)

    with pytest.raises(Misconfigured, match="identity"):
        LMS(app)


@pytest.fixture
def host(engine_url, tmp_path):
    """The host on a database that already holds the school's tables."""
    url = engine_url.replace("postgresql://", "postgresql+psycopg://")
    app, db = make_host(url, str(tmp_path / "tep"))
    with app.app_context():
        HostBase.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def host_citizen(app, name, code):
    db = app.extensions["sqlalchemy"]
    db.session.add(Citizen(name=name, member_code=code))
    db.session.commit()


def test_under_a_prefix_the_host_signs_people_in_and_the_school_knows_them(host):
    person_id = make_person("Bùi Thị Mường")
    host_citizen(host, "muong", host.extensions["sqlalchemy"].session.get(Account, account_id_of(person_id)).code)
    client = LintedClient(host)

    stranger = client.get("/a/b/du-lieu-cua-toi", 303)
    client.browser.post("/cong/dang-nhap/muong")
    page = client.get("/a/b/du-lieu-cua-toi")

    assert stranger.location == "/cong/dang-nhap"
    assert "Bùi Thị Mường" in page.text
    assert client.get("/a/b/dang-nhap", 404)


def test_under_a_prefix_every_address_on_a_page_keeps_the_prefix(host):
    page = LintedClient(host).get("/a/b/dia-ban/?tim=van+lang")

    addresses = [tag.get("href") or tag.get("action") for tag in page.soup.find_all(["a", "link", "form"])]
    assert addresses
    assert not [a for a in addresses if a.startswith("/") and not a.startswith(("/a/b/", "/cong/"))]


def test_the_school_leaves_no_header_style_or_login_on_the_hosts_pages(host):
    response = host.test_client().get("/")

    assert "Content-Security-Policy" not in response.headers
    assert b"lms" not in response.data
    assert host.test_client().get("/khong-co").data.count(b"B\xc3\xacnh d\xc3\xa2n") == 0


def test_the_hosts_own_tables_survive_the_schools_migrations(tmp_path, postgres):
    for url in (f"sqlite:///{tmp_path}/host.sqlite", postgres.url(postgres.create_from("template1"))):
        app, db = make_host(url.replace("postgresql://", "postgresql+psycopg://"), str(tmp_path))
        with app.app_context():
            HostBase.metadata.create_all(db.engine)
            host_citizen(app, "dan", None)
            schema.upgrade(db.engine)
            in_unit(lambda s: load_areas(s, read_official_areas()))

            assert schema.differences(db.engine) == []
            assert db.session.query(Citizen).count() == 1
            db.session.remove()
            schema.downgrade(db.engine, "base")
            assert db.session.query(Citizen).count() == 1
            db.session.remove()
            db.engine.dispose()


def test_two_schools_in_one_process_keep_their_people_apart(sqlite_template, tmp_path):
    import shutil

    apps = []
    for name in ("bac", "nam"):
        (tmp_path / name).mkdir()
        shutil.copy(sqlite_template, tmp_path / name / "lms.sqlite")
        apps.append(make_app(f"sqlite:///{tmp_path}/{name}/lms.sqlite", str(tmp_path / name), LMS_ISSUER_NAME=name))
    with apps[0].app_context():
        account = make_account("Chỉ ở phía bắc")
        north = LintedClient(apps[0]).sign_in(account)
    with apps[1].app_context():
        south = LintedClient(apps[1])
        assert apps[1].extensions["lms"].db.session.query(Account).count() == 0
        assert south.get("/du-lieu-cua-toi", 303)
        assert apps[1].config["LMS_ISSUER_NAME"] == "nam"
    with apps[0].app_context():
        assert "Chỉ ở phía bắc" in north.get("/du-lieu-cua-toi").text


def test_every_page_of_ours_carries_the_strict_headers(client):
    page = client.get("/dang-nhap")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unknown_address_gets_a_plain_page_in_vietnamese(client):
    assert client.get("/khong-co-trang-nay", 404).h1 == "Không tìm thấy trang"


def test_a_fault_of_ours_gets_a_plain_page_without_details(app, monkeypatch):
    app.config.update(PROPAGATE_EXCEPTIONS=False, TESTING=False)
    app.extensions["lms"].db.engine.dispose()
    monkeypatch.setitem(app.extensions["lms"].jinja.globals, "menu", lambda who: 1 / 0)

    response = app.test_client().get("/dang-nhap")

    assert response.status_code == 500
    assert b"ZeroDivisionError" not in response.data


def test_a_new_person_needs_no_email(unit):
    person_id = make_person("Y Bih Niê", None)

    account = unit(lambda s: people.account_of(s, person_id))

    assert re.fullmatch(r"[1-9]\d{8}", account.code)
    assert account.created_at == NOON


def test_a_style_sheet_is_sent_small_and_kept_for_a_year(client):
    plain = client.get("/dang-nhap").soup.find("link", rel="stylesheet")["href"]

    small = client.get(plain, headers={"Accept-Encoding": "br"})
    whole = client.get(plain)

    assert small.headers["Content-Encoding"] == "br"
    assert brotli.decompress(small.data) == whole.data
    assert "max-age=31536000" in small.headers["Cache-Control"]
    assert client.get(plain, 304, headers={"Accept-Encoding": "br", "If-None-Match": small.headers["ETag"]})


def test_under_a_prefix_the_hosts_sign_out_is_not_ours(host):
    LintedClient(host).post("/a/b/dang-xuat", {}, 404)
