"""Commands that load and write rosters, saying row by row what happens."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from lms.access import SYSTEM
from lms.areas.rules import communes_of, find_area
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.teams import rules
from lms.teams.export import MEDIA_TYPES, write_roster
from lms.teams.gate import check_size
from lms.teams.plan import LEFT, Line, Plan
from lms.teams.queries import commune_as_written, state_of
from lms.teams.roster import Roster, Skipped, read_roster
from lms.teams.sorting import by_commune

Counts = dict[str, int]

_WORDS = {
    "new": "mới",
    "changed": "thay đổi",
    "left": "không còn trong tệp",
    "same": "giữ nguyên",
    "doubtful": "cần xem lại",
    "skipped": "bỏ qua",
}


@click.group("roster", help="Danh sách tổ: nạp vào và xuất ra theo hai mẫu chính thức.")
def roster() -> None:
    pass


@roster.command("import", help="Nạp một tệp danh sách cho một xã, phường, hoặc cho cả tỉnh.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commune", "code", help="Mã xã, phường, 5 chữ số.")
@click.option("--province", help="Mã tỉnh, 2 chữ số, khi tệp có nhiều xã; mỗi xã được ghi riêng.")
@click.option("--team", default="", help="Tên tổ, khi mẫu của thôn chưa ghi.")
@click.option("--dry-run", is_flag=True, help="Chỉ cho xem trước, không ghi.")
@click.option("--end-left", is_flag=True, help="Ghi là đã rời tổ với ai không còn trong tệp.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def import_roster(
    file: Path, code: str | None, province: str | None, team: str, dry_run: bool, end_left: bool, as_json: bool
) -> None:
    if (code is None) == (province is None):
        raise click.UsageError("Hãy cho biết --commune hoặc --province, một trong hai.")
    check_size(file.stat().st_size)
    data = file.read_bytes()
    said = read_roster(data, file.name, team=team)
    parts, rest = ({code: said}, []) if code else _sort(said, province or "")
    done = {key: _import_one(part, data, file.name, key, dry_run, end_left) for key, part in parts.items()}
    _say(done, rest, written=not dry_run, as_json=as_json)


def _sort(said: Roster, province: str) -> tuple[dict[str, Roster], list[Skipped]]:
    session = db_session()
    find_area(session, province)
    return by_commune(said, [commune_as_written(session, area) for area in communes_of(session, province)])


def _import_one(said: Roster, data: bytes, name: str, code: str, dry_run: bool, end_left: bool) -> tuple[Plan, Counts]:
    plan, import_id = _preview(said, data, name, code)
    if dry_run:
        in_unit(lambda s: rules.discard_roster(s, by=SYSTEM, import_id=import_id, now=utc_now()).id)
        return plan, plan.counts
    leaving = [line.membership_id for line in plan.lines if line.kind == LEFT and line.membership_id]
    gone = leaving if end_left else []
    counts = in_unit(lambda s: rules.confirm_roster(s, by=SYSTEM, import_id=import_id, leaving=gone, now=utc_now()))
    return plan, counts


@roster.command("export", help="Xuất danh sách tổ của một xã, phường ra tệp.")
@click.option("--commune", "code", required=True, help="Mã xã, phường, 5 chữ số.")
@click.option("--form", "form", type=click.Choice(["s1", "s2"]), default="s1", help="Mẫu toàn xã hoặc từng thôn.")
@click.option("--format", "kind", type=click.Choice(list(MEDIA_TYPES)), default="xlsx", help="Loại tệp.")
@click.option("-o", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi ra.")
@with_appcontext
def export_roster(code: str, form: str, kind: str, target: Path) -> None:
    session = db_session()
    commune = commune_as_written(session, find_area(session, code))
    teams = state_of(session, code).teams
    target.write_bytes(write_roster(teams, commune, form=form, kind=kind))
    in_unit(lambda s: rules.note_export(s, by=SYSTEM, commune_code=code, form=form, kind=kind, now=utc_now()))
    people = sum(len(team.members) for team in teams)
    click.echo(f"Đã ghi {len(teams)} tổ, {people} lượt người của {commune.full_name} vào {target}.")


def _preview(said: Roster, data: bytes, name: str, code: str) -> tuple[Plan, int]:
    def work(session: Any) -> tuple[Plan, int]:
        now = utc_now()
        file = keep(session, data, name=name, media_type="application/octet-stream", by=SYSTEM, now=now)
        row = rules.receive_roster(
            session, by=SYSTEM, commune_code=code, file_id=file.id, file_name=name, now=now, read_later=False
        )
        return rules.preview_roster(session, import_id=row.id, roster=said, now=now), row.id

    return in_unit(work)


def _say(done: dict[str, tuple[Plan, Counts]], rest: list[Skipped], *, written: bool, as_json: bool) -> None:
    lines = [Line("skipped", s.sheet, s.row, "", s.text, reason=s.reason) for s in rest]
    total = Counter({"skipped": len(lines)})
    for _, one in done.values():
        total.update(one)
    counts = {kind: total[kind] for kind in _WORDS}
    if as_json:
        communes = {code: {**plan.to_json(), "counts": counts} for code, (plan, counts) in done.items()}
        passed = [{"sheet": s.sheet, "row": s.row, "text": s.text, "reason": s.reason} for s in rest]
        said = {"written": written, "counts": counts, "communes": communes, "skipped": passed}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for plan, _ in done.values():
        for line in (*plan.lines, *lines):
            click.echo(_sentence(line))
        lines = []
        for note in plan.notes:
            click.echo(f"Lưu ý: {note}")
    for line in lines:
        click.echo(_sentence(line))
    numbers = ", ".join(f"{counts[kind]} {word}" for kind, word in _WORDS.items())
    click.echo(f"{'Đã ghi' if written else 'Xem trước, chưa ghi gì'}: {numbers}.")


def _sentence(line: Line) -> str:
    place = f"Dòng {line.row}" if line.row else "Trong tổ"
    where = f"{line.sheet}, {place.lower()}" if line.sheet else place
    parts = [where, _WORDS[line.kind], line.name, line.team, line.after or line.before, line.reason]
    return " | ".join(part for part in parts if part)
