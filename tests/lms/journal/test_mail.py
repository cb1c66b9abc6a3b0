"""E-mail by SMTP: one plain letter a person, and never a doubt about what was handed over unless there is one."""

import email
from email.policy import default

import pytest

from lms.errors import Misconfigured
from lms.journal.gateways import GatewayDown, GatewayRefused, Mail, Message, mail_by_setting
from tests.conftest import make_app
from tests.lms.journal.post import mail_server

MESSAGE = Message(
    "thong-bao-7", "an@example.vn", "Mời dự lớp “Dịch vụ công”", "Mời anh/chị.\n.Dòng bắt đầu bằng chấm.\n"
)


def mail_to(server, **more) -> Mail:
    return Mail("127.0.0.1", server.server_address[1], "Sở KH&CN <tap-huan@so.example.vn>", **more)


def setting(url, sender="tap-huan@so.example.vn"):
    return mail_by_setting({"LMS_MAIL_URL": url, "LMS_MAIL_FROM": sender})


def test_a_letter_arrives_in_vietnamese_as_plain_text_with_the_notices_own_id():
    with mail_server() as server:
        mail_to(server).deliver(MESSAGE)

    (raw,) = server.letters
    letter = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=default)
    assert letter["Subject"] == "Mời dự lớp “Dịch vụ công”"
    assert letter["Message-ID"] == "<thong-bao-7@so.example.vn>"
    assert letter["To"] == "an@example.vn"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert server.senders == ["mail FROM:<tap-huan@so.example.vn>"]
    assert raw.isascii()


@pytest.mark.parametrize(
    "answers", [{"RCPT": "550 no such mailbox"}, {"DATA": "554 not wanted"}], ids=["reader", "letter"]
)
def test_a_permanent_no_is_a_refusal(answers):
    with mail_server(**answers) as server, pytest.raises(GatewayRefused, match="55"):
        mail_to(server).deliver(MESSAGE)


@pytest.mark.parametrize(
    "answers",
    [
        {"RCPT": "451 later"},
        {"DATA": "421 closing"},
        {"MAIL": "550 who are you"},
        {"EHLO": "hang up"},
        {"MAIL": "hang up"},
        {"RCPT": "hang up"},
    ],
    ids=str,
)
def test_a_server_that_takes_nothing_now_is_down(answers):
    with mail_server(**answers) as server, pytest.raises(GatewayDown):
        mail_to(server).deliver(MESSAGE)
    assert server.letters == []


def test_nobody_listening_is_down():
    with mail_server() as server:
        gone = mail_to(server)

    with pytest.raises(GatewayDown):
        gone.deliver(MESSAGE)


def test_a_server_without_the_encryption_asked_for_gets_nothing():
    with mail_server() as server, pytest.raises(GatewayDown):
        mail_to(server, starts_tls=True, user="so", password="bi-mat").deliver(MESSAGE)
    assert server.readers == []


def test_a_line_lost_after_the_letter_leaves_it_open_whether_it_was_taken():
    with mail_server(letter="hang up") as server, pytest.raises(OSError) as fault:
        mail_to(server).deliver(MESSAGE)
    assert not isinstance(fault.value, GatewayDown)
    assert len(server.letters) == 1


@pytest.mark.parametrize("to", ["an@example.vn\nBcc: all@example.vn", "không phải địa chỉ", ""])
def test_an_address_that_is_none_is_refused(to):
    with mail_server() as server, pytest.raises(GatewayRefused):
        mail_to(server).deliver(Message("thong-bao-7", to, "Tin", "Tin."))
    assert server.readers == []


def test_the_setting_names_server_port_account_and_encryption():
    (plain,) = setting("smtp://thu.example.vn")
    (full,) = setting("smtp://so%40x:m%2Fk@thu.example.vn:587?starttls=1")
    (closed,) = setting("smtps://thu.example.vn")

    assert (plain.host, plain.port, plain.starts_tls, plain.user) == ("thu.example.vn", 25, False, "")
    assert (full.port, full.starts_tls, full.user, full.password) == (587, True, "so@x", "m/k")
    assert (closed.port, closed.is_encrypted) == (465, True)
    assert setting("") == ()


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://thu.example.vn", "a@b.vn"), ("smtp://", "a@b.vn"), ("smtp://thu:xx", "a@b.vn"), ("smtp://thu", "")],
)
def test_a_setting_that_cannot_be_read_stops_the_start(tmp_path, url, sender):
    with pytest.raises(Misconfigured, match="LMS_MAIL_URL"):
        make_app("sqlite://", str(tmp_path), LMS_MAIL_URL=url, LMS_MAIL_FROM=sender)
