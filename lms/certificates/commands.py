"""Commands: make the papers of a list, check a certificate or a file, prove the books."""

import hashlib
import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lms.certificates.audit import audit
from lms.certificates.badge_keys import change_key, key_file
from lms.certificates.checking import as_json, find_public
from lms.certificates.models import ApprovalList, Certificate
from lms.certificates.pressing import make_papers
from lms.certificates.queries import STATE_WORDS
from lms.certificates.signatures import signature_check
from lms.clock import utc_now
from lms.db import db_session
from lms.errors import NotFound

certificates = AppGroup("certificates", help="Giấy chứng nhận: làm giấy, kiểm tra, soát sổ.")


@certificates.command("issue")
@click.option("--list", "list_id", type=int, required=True, help="Mã danh sách đã duyệt.")
@click.option("--json", "as_data", is_flag=True, help="In kết quả cho máy đọc.")
def issue(list_id: int, as_data: bool) -> None:
    """Cấp số và làm các giấy còn thiếu của một danh sách đã duyệt; chạy lại lúc nào cũng được."""
    approved = db_session().get(ApprovalList, list_id)
    if approved is None or approved.approved_at is None:
        _fail(f"Không có danh sách {list_id}, hoặc danh sách này chưa được duyệt.")
    result = make_papers(list_id, _quiet if as_data else _show_step)
    click.echo(json.dumps(result) if as_data else f"Đã làm {result['made']} giấy.")
    if result["faulty"]:
        _fail(f"Chưa làm được: {', '.join(result['faulty'])}.")


@certificates.command("verify")
@click.argument("code_or_file")
@click.option("--json", "as_data", is_flag=True, help="In kết quả cho máy đọc.")
def verify(code_or_file: str, as_data: bool) -> None:
    """Kiểm tra một mã, hoặc một tệp có đúng là tệp đã cấp hay không."""
    try:
        facts = find_public(db_session(), _public_id_of(code_or_file))
    except NotFound:
        if as_data:
            click.echo(json.dumps({"state": "unknown"}))
        _fail("Không có giấy chứng nhận nào như vậy.")
    if as_data:
        click.echo(json.dumps(as_json(facts), ensure_ascii=False))
    else:
        click.echo(f"{STATE_WORDS[facts.state]}: số {facts.number}")
    if facts.state != "valid":
        sys.exit(1)


@certificates.command("audit")
@click.option("--deep", is_flag=True, help="Làm lại mọi giấy từ dữ liệu để so với tệp đã cấp; lâu hơn nhiều.")
@click.option("--json", "as_data", is_flag=True, help="In kết quả cho máy đọc.")
def audit_books(deep: bool, as_data: bool) -> None:
    """Soát mọi sổ: số liền nhau, chuỗi mã không đứt, tệp đúng như khi cấp."""
    faults = audit(
        db_session(),
        pressed_again=None if deep else 0,
        check_signature=signature_check(current_app.config),
    )
    if as_data:
        click.echo(json.dumps({"faults": faults}, ensure_ascii=False))
    else:
        click.echo("\n".join(faults) or "Sổ cấp giấy chứng nhận đúng và đủ.")
    if faults:
        sys.exit(1)


@certificates.command("badge-key")
def change_badge_key() -> None:
    """Đổi khóa ký huy hiệu số; khóa cũ ở lại để kiểm tra những gì đã ký."""
    fresh = change_key(key_file(current_app.config), now=utc_now())
    click.echo(f"Từ giờ huy hiệu số được ký bằng khóa {fresh.multikey}.")


def _public_id_of(code_or_file: str) -> str:
    path = Path(code_or_file)
    if not path.is_file():
        return code_or_file
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    found = db_session().scalar(select(Certificate.public_id).where(Certificate.file_sha256 == sha256))
    if found is None:
        raise NotFound("file")
    return found


def _show_step(done: int, total: int, note: str) -> None:
    click.echo(f"{note}: {done}/{total}", err=True)


def _quiet(done: int, total: int, note: str) -> None:
    pass


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
