"""Load the demonstration province and say how to come in."""

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from lms.clock import utc_now
from lms.db import db_session
from lms.demo.accounts import accounts, papers
from lms.demo.loading import load
from lms.pages import public_url


@click.command("demo", help="Nạp tỉnh mẫu từ các tệp danh sách; chạy lần nữa không thay đổi gì.")
@click.option("--json", "as_json", is_flag=True, help="In danh sách tài khoản cho chương trình khác đọc.")
@with_appcontext
def demo(as_json: bool) -> None:
    is_new = load((lambda words: None) if as_json else click.echo, now=utc_now())
    session = db_session()
    people, checks = accounts(session), papers(session)
    if as_json:
        made = {"loaded": is_new, "accounts": [asdict(a) for a in people], "papers": [asdict(p) for p in checks]}
        click.echo(json.dumps(made, ensure_ascii=False))
        return
    click.echo("Đã nạp xong tỉnh mẫu." if is_new else "Tỉnh mẫu đã có từ trước, không thay đổi gì.")
    click.echo(f"\nTài khoản dùng thử, đăng nhập tại {public_url('lms.people.sign_in')}:")
    wide = max(len(account.title) for account in people)
    for account in people:
        click.echo(f"  {account.title:<{wide}}  {account.login}  mã PIN {account.pin}  {account.name}")
    click.echo("\nKiểm tra giấy chứng nhận, không cần đăng nhập:")
    for paper in checks:
        click.echo(f"  {paper.title}: {paper.address}")
    click.echo("\nMọi người, số điện thoại và quyết định trong tỉnh mẫu đều là giả định.")
