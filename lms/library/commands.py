"""Commands for authors: check a course package, publish it, write it out."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

import courses
from lms.access import SYSTEM
from lms.clock import utc_now, vn_date
from lms.db import db_session, in_unit
from lms.library.rules import PackageRefused, export_course, publish_builtin, publish_files

_PATH = click.Path(exists=True, path_type=Path)


@click.group("content", help="Gói khóa học: kiểm tra, phát hành, xuất ra.")
def content() -> None:
    pass


@content.command("check", help="Kiểm tra gói khóa học; nêu tệp và dòng của từng lỗi.")
@click.argument("path", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
def check(path: Path, as_json: bool) -> None:
    reports = courses.check_path(path, today=vn_date(utc_now()))
    if as_json:
        click.echo(json.dumps([_data(report) for report in reports], ensure_ascii=False, indent=2))
    else:
        for report in reports:
            for fault in report.faults:
                click.echo(str(fault))
            click.echo(report.summary)
    if not all(report.is_good for report in reports):
        raise click.exceptions.Exit(1)


@content.command("publish", help="Phát hành một gói (thư mục hoặc .zip), hoặc cả thư mục nội dung.")
@click.argument("path", type=_PATH)
@with_appcontext
def publish(path: Path) -> None:
    try:
        if path.is_dir() and (path / "skills.yml").exists():
            made = in_unit(
                lambda s: [(v.course_slug, v.number) for v in publish_builtin(s, path, by=SYSTEM, now=utc_now())]
            )
        else:
            files = courses.read_zip(path.read_bytes()) if path.is_file() else courses.read_folder(path)
            made = [in_unit(lambda s: _publish(s, files))]
    except (PackageRefused, courses.PackageFaults) as refusal:
        for fault in refusal.faults:
            click.echo(str(fault), err=True)
        raise click.ClickException("Chưa phát hành. Bản đang dùng giữ nguyên.") from refusal
    for slug, number in made:
        click.echo(f"{slug}: đang dùng bản số {number}.")


@content.command("export", help="Xuất bản đang dùng của một khóa học ra tệp .zip.")
@click.argument("course")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi ra.")
@with_appcontext
def export(course: str, output: Path) -> None:
    data = export_course(db_session(), course)
    output.write_bytes(data)
    click.echo(f"Đã ghi {output} ({len(data) // 1000} kB).")


def _publish(session: Session, files: courses.SourceFiles) -> tuple[str, int]:
    version = publish_files(session, files, by=SYSTEM, now=utc_now())
    return version.course_slug, version.number


def _data(report: courses.Report) -> dict[str, object]:
    return {
        "path": report.path,
        "good": report.is_good,
        "faults": [asdict(fault) for fault in report.faults],
        "digest": report.package.digest if report.package else None,
    }
