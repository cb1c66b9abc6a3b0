"""Certificates as badges: what a verifier that knows nothing of us makes of them, and that they name nobody."""

import base64
import copy
import gzip
import hashlib
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from lms.certificates.badge_keys import FILE_NAME, change_key
from lms.certificates.badges import BadgeIssuer, describe_issuer
from lms.certificates.public_id import new_public_id
from lms.certificates.shares import make_link
from lms.certificates.status_lists import LENGTH, encode
from lms.db import in_unit
from tests.badge_verifier import verify
from tests.conftest import make_app
from tests.factories import NOON, account_id_of, actor_of
from tests.lms.certificates.issued import NAME, end, issue

DID = "did:web:hoc.example.vn"
SITE = "https://hoc.example.vn"
GOOD = {"signed": True, "listed": True, "ended": False, "why": []}
ENDED = GOOD | {"ended": True}


def test_a_strangers_verifier_finds_every_kind_of_badge_signed_and_standing(client):
    rows = [issue(), issue(kind="course", first_day="", first_iso="", class_name=""), issue(kind="skills", hours=""),
            issue(kind="team", name="Tổ công nghệ số cộng đồng Thôn 1"), issue(signed_by="Sở KH&CN")]  # fmt: skip

    assert verify(*(case(client, row) for row in rows)) == [GOOD] * len(rows)


def test_whatever_is_altered_is_refused(client):
    """Every single thing a badge says is covered by its signature."""
    honest = case(client, issue())
    altered = [honest | {"credential": one} for one in alterations(honest["credential"])]

    answers = verify(*altered)

    assert len(answers) > 25
    assert [answer for answer in answers if answer["signed"]] == []


def test_a_badge_that_ended_is_still_signed_and_its_bit_says_so(client):
    valid, revoked, replaced = issue(), issue("revoked"), issue("superseded")

    assert verify(*(case(client, row) for row in (valid, revoked, replaced))) == [GOOD, ENDED, ENDED]


def test_revoking_shows_in_the_list_at_once(client):
    row = issue()
    kept = case(client, row)["credential"]
    before = verify(case(client, row))

    end(row, "revoked")
    after = verify(case(client, row, credential=kept))

    assert (before, after) == ([GOOD], [ENDED])


def test_a_list_of_another_site_or_without_its_signature_is_not_believed(client):
    honest = case(client, issue("revoked"))
    address = honest["credential"]["credentialStatus"]["statusListCredential"]
    clean = copy.deepcopy(honest)
    clean["documents"][address]["credentialSubject"]["encodedList"] = encode([])

    (answer,) = verify(clean)

    assert not answer["listed"]
    assert "not verified" in " ".join(answer["why"])


def test_a_badge_is_the_same_to_the_last_letter_whenever_it_is_asked_for(client):
    row = issue()
    with time_machine.travel(NOON, tick=False):
        first = client.get(f"/v/{row.public_id}.json").data
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        assert client.get(f"/v/{row.public_id}.json").data == first


def test_a_badge_names_nobody_and_says_what_the_page_says(client):
    row = issue()

    text = client.get(f"/v/{row.public_id.lower()}.json").data.decode()

    badge = json.loads(text)
    for hidden in ("Nguyễn", "Đẹp", "N***", "0914", "Thôn 1", hash_of("Nguyễn Thị Đẹp", badge)):
        assert hidden not in text
    assert badge["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert badge["id"] == f"{SITE}/v/{row.public_id}.json"
    assert badge["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert badge["issuer"]["id"] == DID
    assert badge["issuer"]["name"] == "Sở Khoa học và Công nghệ tỉnh Thanh Hóa"
    assert badge["validFrom"] == "2026-11-21T05:00:00Z"
    subject = badge["credentialSubject"]
    assert subject["licenseNumber"] == row.snapshot["number"]
    assert subject["activityStartDate"] == "2026-11-05T00:00:00+07:00"
    assert subject["achievement"]["name"] == "Dịch vụ công trực tuyến"
    assert subject["achievement"]["description"] == "Lớp 03. Thời lượng 16 giờ. Kết quả: Đạt"
    (identity,) = subject["identifier"]
    assert identity["identityType"] == "identifier"
    assert (
        identity["identityHash"] == "sha256$" + hashlib.sha256((row.public_id + identity["salt"]).encode()).hexdigest()
    )
    assert badge["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


def test_one_course_is_one_achievement_and_everybodys_salt_is_their_own(client):
    one, same, other = (
        client.get(f"/v/{row.public_id}.json").response.json["credentialSubject"]
        for row in (issue(), issue(), issue(course="An toàn trên mạng"))
    )

    assert one["achievement"]["id"] == same["achievement"]["id"] != other["achievement"]["id"]
    assert len({subject["identifier"][0]["salt"] for subject in (one, same, other)}) == 3


def test_only_the_copy_behind_an_open_link_has_the_hash_of_the_name(client):
    row = issue()
    holder = actor_of(account_id_of(row.person_id))
    in_unit(lambda s: make_link(s, by=holder, public_id=row.public_id, token="mot-chuoi", days=30, now=NOON))

    with time_machine.travel(NOON, tick=False):
        shared = case(client, row, f"/v/{row.public_id}/mot-chuoi.json")
        closed = client.get(f"/v/{row.public_id}/chuoi-khac.json").response.json

    assert verify(shared) == [GOOD]
    kinds = [one["identityType"] for one in shared["credential"]["credentialSubject"]["identifier"]]
    assert kinds == ["identifier", "name"]
    assert hash_of(NAME, shared["credential"], "name") in str(shared["credential"])
    assert closed == client.get(f"/v/{row.public_id}.json").response.json


def test_what_is_on_no_paper_has_no_badge_and_unknown_looks_like_malformed(client):
    for code, state in (
        (issue("unpublished").public_id, "unpublished"),
        (issue("void").public_id, "void"),
        (new_public_id(), "unknown"),
        ("xin-chao", "unknown"),
    ):
        for path in (f"/v/{code}.json", f"/v/{code}.json?dang=tom-tat", f"/v/{code}/chuoi.json"):
            answer = client.get(path, 404)
            assert answer.response.json == {"state": state}
            assert answer.headers["Cache-Control"] == "no-store"


def test_answers_say_what_they_are_and_how_long_they_may_be_kept(client):
    row = issue()

    badge, short = client.get(f"/v/{row.public_id}.json"), client.get(f"/v/{row.public_id}.json?dang=tom-tat")
    listed, keys = client.get("/status/1"), client.get("/.well-known/did.json")

    assert badge.headers["Content-Type"] == listed.headers["Content-Type"] == "application/vc+ld+json; charset=utf-8"
    assert keys.headers["Content-Type"] == "application/did+ld+json; charset=utf-8"
    assert (short.headers["Content-Type"], short.response.json["state"]) == ("application/json; charset=utf-8", "valid")
    for private in (badge, short):
        assert private.headers["Cache-Control"] == "no-store"
        assert "noindex" in private.headers["X-Robots-Tag"]
        assert private.headers["Referrer-Policy"] == "no-referrer"
    for public in (listed, keys):
        assert public.headers["Cache-Control"] == "public, max-age=60"
        assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert listed.response.json["credentialSubject"]["ttl"] == 60_000


def test_a_list_that_nobody_stands_in_does_not_exist(client):
    issue()

    for number in (0, 2, 999_999):
        assert client.get(f"/status/{number}", 404).response.json == {"state": "unknown"}
    client.get("/status/1000000", 404)
    client.get("/status/-1", 404)


def test_a_list_has_a_bit_for_each_of_131072_places():
    places = [*random.Random(5).sample(range(LENGTH), 300), 0, LENGTH - 1]

    bits = gzip.decompress(base64.urlsafe_b64decode(encode(places)[1:] + "=="))

    assert encode(places)[0] == "u"
    assert len(bits) * 8 == LENGTH
    assert {place for place in range(LENGTH) if bits[place // 8] >> (7 - place % 8) & 1} == set(places)


def test_a_badge_signed_by_an_earlier_key_still_verifies(app, client):
    row = issue()
    older = case(client, row)["credential"]
    change_key(Path(app.config["LMS_DATA_DIR"]) / FILE_NAME, now=NOON + timedelta(days=400))

    newer = case(client, row)

    assert newer["credential"]["proof"]["verificationMethod"] != older["proof"]["verificationMethod"]
    assert newer["credential"]["proof"]["created"] == "2027-12-26T05:00:00Z"
    assert len(newer["documents"][DID]["assertionMethod"]) == 2
    assert verify(newer, newer | {"credential": older}) == [GOOD, GOOD]


@pytest.mark.parametrize(
    ("site", "did"),
    [
        ("https://hoc.example.vn", "did:web:hoc.example.vn"),
        ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"),
        ("https://cong.example.vn/so/hoc", "did:web:cong.example.vn:so:hoc"),
    ],
)
def test_the_issuer_is_named_after_its_address(site, did):
    assert BadgeIssuer(site, ()).did == describe_issuer(BadgeIssuer(site, ()))["id"] == did


def test_mounted_below_a_path_everything_points_below_it(engine_url, tmp_path):
    app = make_app(engine_url, str(tmp_path / "khac"), LMS_PUBLIC_URL="https://cong.example.vn/so/hoc")
    with app.app_context():
        row = issue()
        browser = app.test_client()
        badge = browser.get(f"/v/{row.public_id}.json").json
        keys = browser.get("/did.json").json

        assert badge["issuer"]["id"] == keys["id"] == "did:web:cong.example.vn:so:hoc"
        assert badge["credentialStatus"]["statusListCredential"] == "https://cong.example.vn/so/hoc/status/1"
        app.extensions["lms"].db.session.remove()
        app.extensions["lms"].db.engine.dispose()


def case(client, row, path="", credential=None):
    """Fetch a badge and all that its verifier would fetch."""
    badge = credential or client.get(path or f"/v/{row.public_id}.json").response.json
    address = badge["credentialStatus"]["statusListCredential"]
    listed = client.get(address.removeprefix(SITE)).response.json
    keys = client.get("/.well-known/did.json").response.json
    return {"credential": badge, "documents": {address: listed, DID: keys}}


def alterations(badge):
    """Return copies of a badge, in each of which one thing is different."""

    def walk(value, path):
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            yield from walk(inner, [*path, key])
        if not pairs and path[0] != "@context" and path[-1] not in ("cryptosuite",):
            yield path

    for path in walk(badge, []):
        altered = copy.deepcopy(badge)
        place = altered
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = other_than(place[path[-1]])
        yield altered


def other_than(value):
    if isinstance(value, bool):
        return not value
    return value[:-2] + ("5" if value[-2] != "5" else "6") + value[-1]


def hash_of(name, badge, kind="identifier"):
    salt = next(one["salt"] for one in badge["credentialSubject"]["identifier"] if one["identityType"] == kind)
    return hashlib.sha256((name + salt).encode()).hexdigest()
