"""The command of the journal room: what became of the notices that go outside."""

import json

import click
from flask.cli import with_appcontext

from lms.clock import utc_now, vn_moment
from lms.db import db_session, in_unit
from lms.journal.deliveries import count_deliveries, deliveries_in_doubt, settle_doubt

_WORDS = {"waiting": "đang chờ", "sent": "đã gửi", "failed": "không gửi được", "in_doubt": "không rõ đã gửi hay chưa"}


@click.command("notices", help="Xem thông báo gửi ra ngoài; chỉ ra những tin không rõ đã gửi hay chưa.")
@click.option("--again", type=int, metavar="SỐ", help="Gửi lại một tin không rõ; người nhận có thể nhận hai lần.")
@click.option("--leave", type=int, metavar="SỐ", help="Thôi một tin không rõ, không gửi nữa.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả cho chương trình khác đọc.")
@with_appcontext
def notices(again: int | None, leave: int | None, as_json: bool) -> None:
    now = utc_now()
    if again is not None:
        in_unit(lambda s: settle_doubt(s, delivery_id=again, send_again=True, now=now))
    if leave is not None:
        in_unit(lambda s: settle_doubt(s, delivery_id=leave, send_again=False, now=now))
    counts, doubtful = count_deliveries(db_session(), now), deliveries_in_doubt(db_session(), now)
    if as_json:
        click.echo(json.dumps(counts | {"ids": [row.id for row in doubtful]}))
    else:
        click.echo("; ".join(f"{_WORDS[kind]}: {count}" for kind, count in counts.items()) + ".")
        for row in doubtful:
            click.echo(f"Số {row.id}: thử lúc {vn_moment(row.tried_at or now)} qua {row.gateway}, không rõ kết quả.")
    if doubtful:
        raise SystemExit(1)
