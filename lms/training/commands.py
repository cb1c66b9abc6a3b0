"""Commands of training: `flask lms training …`."""

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from lms.access import SYSTEM
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.training.audit import audit as prove
from lms.training.seats import expire_offers


@click.group("training", help="Tập huấn: kiểm tra hàng chờ, thu lại lời mời quá hạn.")
def training() -> None:
    pass


@training.command("audit", help="Chạy lại mọi sự kiện và chứng minh không lớp nào quá chỗ. Có lỗi thì mã thoát 1.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def audit(as_json: bool) -> None:
    report = prove(db_session(), now=utc_now())
    if as_json:
        click.echo(json.dumps({"is_clean": report.is_clean, **asdict(report)}, ensure_ascii=False))
    else:
        click.echo(f"Đã xem {report.events} sự kiện, {report.seats} chỗ.")
        for found in report.findings:
            click.echo(f"[{found.invariant}] {found.entity} {found.entity_id}: {found.sentence}")
        click.echo("Mọi điều kiện đều đúng." if report.is_clean else f"Có {len(report.findings)} điều sai.")
    raise SystemExit(0 if report.is_clean else 1)


@training.command("expire", help="Thu lại lời mời quá hạn và mời người tiếp theo.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def expire(as_json: bool) -> None:
    ended = in_unit(lambda s: expire_offers(s, by=SYSTEM, now=utc_now()))
    click.echo(json.dumps({"expired": ended}) if as_json else f"Đã thu lại {ended} lời mời quá hạn.")
