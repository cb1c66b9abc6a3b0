"""The command line: `flask --app wsgi lms …`."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from lms import schema
from lms.access import SYSTEM
from lms.areas.rules import find_area, load_areas, read_official_areas
from lms.certificates.signatures import own_seal
from lms.clock import utc_now
from lms.db import in_unit
from lms.demo.commands import demo
from lms.errors import Misconfigured, NotFound, Refused
from lms.journal.jobs import run_all, work_forever
from lms.pages import public_url
from lms.people import rules as people
from lms.people.codes import grouped, slip_code
from lms.people.erasing import erase_person
from lms.people.models import Account, Person
from lms.phones import normalise_phone
from lms.press import require_subsetter
from lms.rooms import COMMANDS, ERASERS, ERRANDS, TIMERS, prepare_content


class Plain(click.Group):
    """A group whose refusals are sentences, with exit code 1, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise click.ClickException(f"{refusal.sentence} {refusal.remedy}".strip()) from refusal
        except NotFound as missing:
            raise click.ClickException(f"Không tìm thấy {_in_vietnamese(missing)}. Chưa thay đổi gì.") from missing


def _in_vietnamese(missing: NotFound) -> str:
    words = {"area": "địa bàn", "course": "khóa học", "clerk": "nhiệm vụ", "officer": "nhiệm vụ",
             "trainer": "nhiệm vụ", "team": "tổ", "certificate": "giấy chứng nhận", "class": "lớp",
             "list": "danh sách"}  # fmt: skip
    kind, _, name = str(missing).partition(" ")
    return f"{words[kind]} {name}" if kind in words else str(missing)


@click.group(cls=Plain, help="Hệ thống học tập của Tổ công nghệ số cộng đồng.")
def lms() -> None:
    pass


lms.add_command(demo)
for _name, _group in COMMANDS.items():
    lms.add_command(_group, _name)


@lms.command("init", help="Tạo hoặc nâng cấp cơ sở dữ liệu, nạp địa bàn, khung kỹ năng và khóa học có sẵn.")
@with_appcontext
def init() -> None:
    schema.upgrade(current_app.extensions["lms"].db.engine)
    areas = in_unit(lambda s: load_areas(s, read_official_areas()))
    click.echo(f"Địa bàn: {areas} đơn vị.")
    for line in prepare_content():
        click.echo(line)


@lms.command("jobs", help="Làm các việc chờ: đọc danh sách, lập tệp PDF, vào sổ chứng nhận.")
@click.option("--once", is_flag=True, help="Làm hết việc đang chờ rồi dừng.")
@with_appcontext
def jobs(once: bool) -> None:
    require_subsetter()
    _open_key()
    handlers = current_app.extensions["lms"].handlers
    if once:
        click.echo(f"Đã làm {run_all(handlers)} việc.")
    else:
        work_forever(handlers, TIMERS, ERRANDS)


def _open_key() -> None:
    """Open the key that signs certificates: a wrong setting is told now, and all other work goes on without it."""
    try:
        own_seal(current_app.config)
    except Misconfigured as fault:
        click.echo(f"Chưa ký số được giấy chứng nhận. {fault}", err=True)


@lms.group("account", help="Tài khoản, phiếu đăng nhập, nhiệm vụ theo địa bàn.")
def account() -> None:
    pass


@account.command("create", help="Tạo tài khoản và in mã phiếu đăng nhập lần đầu.")
@click.option("--name", required=True, help="Họ tên.")
@click.option("--phone", help="Số điện thoại.")
@click.option("--role", type=click.Choice(["clerk", "trainer", "officer"]), help="Nhiệm vụ.")
@click.option("--area", help="Mã địa bàn của nhiệm vụ: xã 5 chữ số, tỉnh 2 chữ số.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def create(name: str, phone: str | None, role: str | None, area: str | None, as_json: bool) -> None:
    made = in_unit(lambda s: _create(s, name, phone, role, area))
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False))
    else:
        click.echo(f"{made['name']}: mã tài khoản {made['member_code']}, phiếu {made['slip']}, mở {made['entry']}")


@account.command("role", help="Giao nhiệm vụ trong một địa bàn.")
@click.argument("member_code")
@click.argument("role", type=click.Choice(["clerk", "trainer", "officer"]))
@click.argument("area")
@click.option("--end", is_flag=True, help="Thôi giao nhiệm vụ này.")
@with_appcontext
def role(member_code: str, role: str, area: str, end: bool) -> None:
    def work(session: Any) -> None:
        find_area(session, area)
        change = people.end_role if end else people.grant_role
        account_id = _account(session, member_code).id
        change(session, account_id=account_id, role=role, area_code=area, by=SYSTEM, now=utc_now())

    in_unit(work)
    click.echo("Đã thôi giao nhiệm vụ." if end else "Đã giao nhiệm vụ.")


@account.command("slip", help="Cấp phiếu đăng nhập mới cho một tài khoản và in mã của phiếu.")
@click.argument("member_code")
@with_appcontext
def slip(member_code: str) -> None:
    def work(session: Any) -> dict[str, str]:
        opened = _account(session, member_code)
        return print_slip(session, opened, session.get_one(Person, opened.person_id))

    made = in_unit(work)
    click.echo(f"{made['name']}: phiếu {made['slip']}, mở {made['entry']}")


@account.command("close", help="Đóng một tài khoản; kết quả học và giấy chứng nhận vẫn còn.")
@click.argument("member_code")
@with_appcontext
def close(member_code: str) -> None:
    in_unit(lambda s: people.close_account(s, account_id=_account(s, member_code).id, by=SYSTEM, now=utc_now()))
    click.echo("Đã đóng tài khoản.")


@account.command("erase", help="Xóa dữ liệu cá nhân của người đã yêu cầu; giấy chứng nhận đã cấp vẫn kiểm tra được.")
@click.argument("member_code")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_appcontext
def erase(member_code: str, yes: bool) -> None:
    if not yes:
        click.confirm("Họ tên, số điện thoại và cách đăng nhập sẽ mất hẳn. Xóa?", abort=True)

    def work(session: Any) -> None:
        person_id = _account(session, member_code).person_id
        erase_person(session, by=SYSTEM, person_id=person_id, erasers=ERASERS, now=utc_now())

    in_unit(work)
    click.echo("Đã xóa dữ liệu cá nhân. Kết quả chung và giấy chứng nhận đã cấp vẫn còn, không dẫn tới ai.")


def _account(session: Any, member_code: str) -> Account:
    row: Account | None = session.scalar(select(Account).where(Account.code == member_code))
    if row is None:
        raise NotFound(f"mã tài khoản {member_code}")
    return row


def _create(session: Any, name: str, phone: str | None, role: str | None, area: str | None) -> dict[str, str]:
    now = utc_now()
    person = people.add_person(session, full_name=name, phone=normalise_phone(phone).number, now=now)
    people.open_accounts(session, [person.id], now=now)
    opened = people.account_of(session, person.id)
    if role:
        find_area(session, area or "")
        people.grant_role(session, account_id=opened.id, role=role, area_code=area or "", by=SYSTEM, now=now)
    return print_slip(session, opened, person)


def print_slip(session: Any, opened: Account, person: Person) -> dict[str, str]:
    """Issue a slip and return what a printed one would say."""
    config = current_app.config
    (slip,) = people.issue_slips(
        session, [opened.id], by=SYSTEM, secret=config["LMS_SECRET_KEY"], days=config["LMS_SLIP_DAYS"], now=utc_now()
    )
    code = slip_code(config["LMS_SECRET_KEY"], slip.nonce)
    return {
        "name": person.full_name,
        "member_code": opened.code,
        "slip": grouped(code),
        "entry": public_url("lms.people.enter", code=code),
    }
