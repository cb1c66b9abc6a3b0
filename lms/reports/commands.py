"""The report from the command line, for a timer or another program."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from lms.access import SYSTEM
from lms.areas.rules import find_area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.reports import making
from lms.reports.data import as_json
from lms.reports.figures import report_on
from lms.reports.rules import note_export


@click.command("report", help="Lập báo cáo của một kỳ (2026-Q4, 2026-H2, 2026) cho một tỉnh hoặc xã.")
@click.argument("period")
@click.option("--area", "area_code", required=True, help="Mã tỉnh 2 chữ số hoặc mã xã 5 chữ số.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Tệp .pdf, .xlsx hoặc .json.")
@click.option("--json", "to_screen", is_flag=True, help="In số liệu ra màn hình cho chương trình khác đọc.")
@with_appcontext
def report(period: str, area_code: str, output: Path | None, to_screen: bool) -> None:
    session, now = db_session(), utc_now()
    area, wanted = find_area(session, area_code), making.period_of(period)
    made = report_on(session, area, wanted, now=now)
    if output is None and not to_screen:
        raise click.UsageError("Hãy ghi -o TỆP (.pdf, .xlsx, .json), hoặc --json.")
    makers = {
        ".pdf": lambda: making.make_pdf(session, made, now),
        ".xlsx": lambda: making.make_xlsx(session, made),
        ".json": lambda: making.make_json(made),
    }
    ending = output.suffix.lower() if output else ".json"
    if ending not in makers:
        raise click.UsageError("Tên tệp phải có đuôi .pdf, .xlsx hoặc .json. Chưa ghi gì cả.")
    told, file = as_json(made), makers[ending]() if output else b""
    in_unit(lambda s: note_export(s, by=SYSTEM, area_code=area_code, period=wanted, kind=ending[1:], now=now))
    if output:
        output.write_bytes(file)
    if to_screen:
        click.echo(told, nl=False)
    else:
        click.echo(f"Đã ghi {output}.")
