"""Commands that make the counters anew and prove that they agree with the facts."""

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from lms.db import db_session, in_unit
from lms.learning.counters import audit_counters, rebuild_counters


@click.group("learning", help="Số đếm kết quả học: làm lại và đối chiếu.")
def learning() -> None:
    pass


@learning.command("rebuild", help="Làm lại mọi số đếm từ dữ liệu gốc.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def rebuild(as_json: bool) -> None:
    count = in_unit(rebuild_counters)
    click.echo(json.dumps({"counters": count}) if as_json else f"Đã làm lại {count} số đếm.")


@learning.command("audit", help="Đối chiếu số đếm với dữ liệu gốc; mã thoát 1 nếu lệch.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def audit(as_json: bool) -> None:
    differences = audit_counters(db_session())
    if as_json:
        found = [asdict(one) for one in differences]
        click.echo(json.dumps({"agree": not found, "differences": found}, ensure_ascii=False))
    else:
        for one in differences:
            click.echo(f"{one.scope} {one.key}, {one.measure}: đang ghi {one.stored}, đếm lại {one.counted}.")
        if differences:
            click.echo(f"Lệch {len(differences)} số. Chạy “lms learning rebuild” để làm lại.")
        else:
            click.echo("Mọi số đếm đều khớp.")
    if differences:
        raise click.exceptions.Exit(1)
