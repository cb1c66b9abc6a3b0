"""The wall against machines: wide for people, one address at a time, never a way to lose what was typed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.limits import Wall, asking_address
from lms.people.models import WrongPins
from tests.client import LintedClient
from tests.conftest import make_app
from tests.lms.certificates.issued import issue
from tests.lms.test_forms import consenting, set_pin

NOWHERE = "203.0.113.7"


def knocks(wall, address="a", *, a_minute=3, now=0.0, door="check"):
    return wall.seconds_to_wait(door, address, a_minute=a_minute, now=now)


def test_a_minutes_worth_may_come_at_once_and_then_one_by_one():
    wall = Wall()

    assert [knocks(wall) for _ in range(5)] == [0, 0, 0, 20, 20]
    assert [knocks(wall, now=20.0), knocks(wall, now=20.0)] == [0, 20]
    assert [knocks(wall, now=100.0) for _ in range(4)] == [0, 0, 0, 20]


@given(st.integers(1, 500), st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_whoever_waits_as_long_as_told_is_let_in(a_minute, pauses):
    wall, now = Wall(), 0.0
    for _ in range(a_minute):
        assert knocks(wall, a_minute=a_minute, now=now) == 0
    for pause in pauses:
        now += pause
        wait = knocks(wall, a_minute=a_minute, now=now)
        now += wait
        assert wait == 0 or knocks(wall, a_minute=a_minute, now=now) == 0


def test_one_address_or_door_never_closes_another():
    wall = Wall()
    for _ in range(9):
        knocks(wall)

    assert knocks(wall) > 0
    assert knocks(wall, "b") == knocks(wall, door="sign_in") == 0


def test_however_many_addresses_come_the_memory_is_bounded_and_the_latest_are_kept():
    wall = Wall(most=100)
    for number in range(1000):
        knocks(wall, str(number), a_minute=1)

    assert len(wall) == 100
    assert knocks(wall, "999", a_minute=1) > 0
    assert knocks(wall, "0", a_minute=1) == 0


def test_many_threads_at_once_get_no_more_than_the_minutes_worth():
    wall = Wall()
    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(lambda _: knocks(wall, a_minute=50), range(400))).count(0)

    assert let_in == 50


@pytest.mark.parametrize(
    ("asks_from", "claims", "address"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", None, "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", None),
        ("::1", "198.51.100.1", None),
        ("", None, None),
    ],
)
def test_what_a_header_claims_is_no_address_and_a_proxy_nobody_announced_has_none(one_app, asks_from, claims, address):
    headers = {"X-Forwarded-For": claims} if claims else {}
    with one_app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": asks_from}):
        assert asking_address() == address


def test_behind_a_trusted_proxy_only_what_that_proxy_says_counts(tmp_path):
    app = make_app(f"sqlite:///{tmp_path}/x.sqlite", str(tmp_path), LMS_TRUSTED_PROXIES=1)
    seen = []
    app.before_request(lambda: seen.append(asking_address()))
    for claimed in ("198.51.100.1", "10.9.9.9, 198.51.100.2", "junk"):
        app.test_client().get("/healthz", headers={"X-Forwarded-For": claimed})

    assert seen == ["198.51.100.1", "198.51.100.2", None]


@pytest.fixture(scope="module")
def one_app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    return make_app(f"sqlite:///{folder}/x.sqlite", str(folder))


@pytest.fixture
def narrow(app):
    """The school with a wall that a test reaches quickly."""
    app.config.update(LMS_CHECKS_A_MINUTE=3, LMS_SIGN_INS_A_MINUTE=3)
    return app


def used_up(client, times=3, path="/v/khong-co", status=404, **more):
    for _ in range(times):
        client.get(path, status, **more)


def test_every_door_of_the_check_pages_closes_together_and_says_when_it_opens(narrow, client, asked):
    public_id = issue().public_id
    used_up(client)
    asked.clear()

    for path in ("", ".json", "/lien-ket", "/lien-ket.json", "/so-tep"):
        page = client.get(f"/v/{public_id}{path}", 429)
        assert 1 <= int(page.headers["Retry-After"]) <= 20
        assert "Chưa mất gì cả" in page.text
        assert f"chờ {page.headers['Retry-After']} giây" in page.text
    for path in ("/v?ma=abc", f"/V/{public_id}", "/status/1"):
        client.get(path, 429)
    for path in (f"/v/{public_id}", f"/v/{public_id}/so-tep"):
        client.post(path, {"name": "Ai đó"}, 429)
    assert asked == []


def test_a_neighbour_with_another_address_still_reads(narrow, client):
    public_id = issue().public_id
    used_up(client, environ_overrides={"REMOTE_ADDR": NOWHERE})

    client.get(f"/v/{public_id}", 429, environ_overrides={"REMOTE_ADDR": NOWHERE})
    assert client.get(f"/v/{public_id}").h1 == "Hợp lệ"


def test_changing_what_a_header_claims_is_no_way_round(narrow, client):
    for number in range(3):
        client.get("/v/khong-co", 404, headers={"X-Forwarded-For": f"198.51.100.{number}"},
                   environ_overrides={"REMOTE_ADDR": NOWHERE})  # fmt: skip

    client.get("/v/khong-co", 429, headers={"X-Forwarded-For": "198.51.100.9"},
               environ_overrides={"REMOTE_ADDR": NOWHERE})  # fmt: skip


def test_set_to_nothing_the_wall_is_away(narrow, client):
    narrow.config["LMS_CHECKS_A_MINUTE"] = 0

    used_up(client, 10)


def test_too_many_sign_ins_count_no_wrong_pin_and_keep_the_form_that_waits(narrow, client, unit, session):
    account = consenting(unit)
    code = unit(lambda s: set_pin(s, account))
    client.sign_in(account)
    form = client.get("/du-lieu-cua-toi").form("/rut-dong-y/learning")
    client.sign_out()
    waiting = client.send(form, 401, ghi_chu="nội dung đã gõ").form("/dang-nhap")
    for _ in range(3):
        client.send(client.get("/dang-nhap").form("/dang-nhap"), 422, login="900000000", pin="482913")
    wrong = session.scalar(select(func.sum(WrongPins.tries)))

    refused = client.send(waiting, 429, login=code, pin="482913")

    assert "quá nhiều lượt đăng nhập" in refused.text
    assert int(refused.headers["Retry-After"]) >= 1
    assert session.scalar(select(func.sum(WrongPins.tries))) == wrong
    narrow.extensions["lms"].wall.forget_all()
    kept = client.send(refused.form("/dang-nhap"), 200, login=code, pin="482913")
    assert "nội dung đã gõ" in kept.text


def test_slip_codes_cannot_be_tried_by_the_thousand(narrow, client):
    for path in ("/vao/ABCD-EFGH-JKMN", "/vao?ma=ABCD", "/vao/x"):
        assert client.status_of(path) != 429

    client.get("/vao/ABCD-EFGH-JKMN", 429)
    assert client.get("/vao").status == 200
    assert LintedClient(narrow).get("/dang-nhap").status == 200
