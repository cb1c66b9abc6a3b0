"""Ways out of the house for a notice: what a gateway is, e-mail, and one that only writes down.

A gateway hands over one message and returns, or says why not. `GatewayRefused` and `GatewayDown`
both promise that nothing was handed over. Any other fault leaves open whether it was; then the
notice is never sent again by itself, unless the gateway knows a message by its key.
"""

import json
import smtplib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from lms.errors import Misconfigured

_WAIT_SECONDS = 20
_PORTS = {"smtp": 25, "smtps": 465}


class GatewayRefused(Exception):
    """The message will never go out this way; the words say why. Nothing was handed over."""


class GatewayDown(Exception):
    """The way out is closed for now; nothing was handed over."""


@dataclass(frozen=True)
class Message:
    """What is handed over. The key is the notice's own: the same notice has the same key every time."""

    key: str
    to: str
    subject: str
    text: str


class Gateway(Protocol):
    """A way out. `is_idempotent` says that a second message with the same key does nothing."""

    @property
    def name(self) -> str: ...

    @property
    def is_idempotent(self) -> bool: ...

    def deliver(self, message: Message) -> None:
        """Hand the message over.

        Raises:
            GatewayRefused: it will never go out this way.
            GatewayDown: not now.
        """


@dataclass(frozen=True)
class Recorder:
    """Writes each message as a line of a file, for tests and for trying things out."""

    path: Path
    name: str = "so-ghi"
    is_idempotent: bool = False

    def deliver(self, message: Message) -> None:
        with self.path.open("a", encoding="utf-8") as book:
            book.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")


@dataclass(frozen=True)
class Mail:
    """E-mail by SMTP: plain text, one person a message, and a Message-ID made from the key."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    is_encrypted: bool = False
    starts_tls: bool = False
    name: str = "thu-dien-tu"
    is_idempotent: bool = False

    def deliver(self, message: Message) -> None:
        """Hand the letter to the mail server.

        Only once the server has been sent the letter itself is it open whether it took it.
        """
        letter = self._letter(message)
        with self._server() as server:
            with _closed_for_now():
                server.ehlo_or_helo_if_needed()
                _accepted(server.mail(parseaddr(self.sender)[1]))
            self._name_reader(server, message.to)
            try:
                answer: tuple[int, bytes | str] = server.data(letter)
            except smtplib.SMTPDataError as error:
                answer = (error.smtp_code, error.smtp_error)
            _judge(*answer)

    def _name_reader(self, server: smtplib.SMTP, to: str) -> None:
        with _closed_for_now():
            code, words = server.rcpt(to)
        _judge(code, words)

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        with _closed_for_now():
            server = self._connect()
        try:
            with _closed_for_now():
                if self.starts_tls:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
            yield server
        finally:
            _leave(server)

    def _connect(self) -> smtplib.SMTP:
        if self.is_encrypted:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_WAIT_SECONDS, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=_WAIT_SECONDS)

    def _letter(self, message: Message) -> bytes:
        letter = EmailMessage(policy=SMTP)
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        try:
            letter["From"] = self.sender
            letter["To"] = Address(addr_spec=message.to)
        except (ValueError, IndexError) as error:
            raise GatewayRefused("Địa chỉ thư điện tử không đúng.") from error
        letter["Subject"] = message.subject
        letter["Message-ID"] = f"<{message.key}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = "vi"
        letter.set_content(message.text, cte="quoted-printable")
        return letter.as_bytes()


def mail_by_setting(config: Mapping[str, Any]) -> tuple[Gateway, ...]:
    """Return the e-mail gateway that the settings describe, or none.

    Raises:
        Misconfigured: the address of the server or the sender cannot be read.
    """
    if not config["LMS_MAIL_URL"]:
        return ()
    url, sender = urlsplit(config["LMS_MAIL_URL"]), config["LMS_MAIL_FROM"]
    try:
        port = url.port
    except ValueError:
        port = -1
    if url.scheme not in _PORTS or not url.hostname or port == -1 or "@" not in parseaddr(sender)[1]:
        raise Misconfigured(
            "LMS_MAIL_URL hoặc LMS_MAIL_FROM viết chưa đúng nên hệ thống không khởi động. Ví dụ đúng: "
            "LMS_MAIL_URL=smtp://ten:matkhau@may-chu:587?starttls=1 và LMS_MAIL_FROM=tap-huan@tinh.gov.vn. "
            "Bỏ trống LMS_MAIL_URL thì không gửi thư."
        )
    return (
        Mail(
            host=url.hostname,
            port=port or _PORTS[url.scheme],
            sender=sender,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            is_encrypted=url.scheme == "smtps",
            starts_tls=parse_qs(url.query).get("starttls") == ["1"],
        ),
    )


def check_names(gateways: Iterable[Gateway]) -> tuple[Gateway, ...]:
    """Return the gateways; each has a name of its own, by which its deliveries are kept.

    Raises:
        Misconfigured: two have one name.
    """
    known = tuple(gateways)
    if len({gateway.name for gateway in known}) < len(known):
        raise Misconfigured("Hai kênh gửi thông báo trùng tên nên hệ thống không khởi động. Hãy đặt tên khác nhau.")
    return known


@contextmanager
def _closed_for_now() -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise GatewayDown(f"Chưa nối được với máy chủ thư: {type(error).__name__}.") from error


def _accepted(answer: tuple[int, bytes]) -> None:
    if answer[0] >= 400:
        raise GatewayDown(f"Máy chủ thư chưa nhận người gửi: mã {answer[0]}.")


def _judge(code: int, words: bytes | str) -> None:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if code >= 500:
        raise GatewayRefused(f"Máy chủ thư từ chối: mã {code}. {said}")
    if code >= 400:
        raise GatewayDown(f"Máy chủ thư hẹn gửi lại sau: mã {code}. {said}")


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what the letter's fate is has been settled before."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
