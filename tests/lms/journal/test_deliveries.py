"""Notices go outside once: to whom gave an address, not at night, and never twice, whatever dies when."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms.cli import lms
from lms.clock import utc_now
from lms.db import in_unit
from lms.errors import Misconfigured
from lms.journal import rules
from lms.journal.deliveries import deliver_due_notices, read_quiet_hours
from lms.journal.gateways import GatewayDown, GatewayRefused, Recorder, check_names
from lms.journal.models import Notice
from tests.factories import NOON, account_id_of
from tests.lms.journal.post import (
    PROCESS,
    Scripted,
    change_deliveries,
    deliveries,
    reader,
    send_all,
    send_and_die,
    tell,
    use,
    written,
)

NIGHT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)  # 22:00 in Vietnam
MORNING = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # 06:30 of the next day


def refuse(_message):
    raise GatewayRefused("Địa chỉ không có.")


def be_down(_message):
    raise GatewayDown("Không nối được.")


def break_down(_message):
    raise ConnectionResetError


def test_a_notice_is_handed_over_once_with_its_sentence_and_where_to_look(app):
    gateway = Scripted()
    use(app, gateway)
    tell(reader(), text="Mời dự lớp “Lớp 1” từ ngày 01/12/2026. Hãy bấm xác nhận trước 14:05 ngày 28/11/2026.")

    assert deliver_due_notices(NOON) == 1
    assert deliver_due_notices(NOON) == 0
    (message,) = gateway.taken
    assert message.to == "an@example.vn"
    assert message.subject == "Mời dự lớp “Lớp 1” từ ngày 01/12/2026"
    assert "trước 14:05 ngày 28/11/2026" in message.text
    assert "https://hoc.example.vn/tap-huan/" in message.text
    assert deliveries()[0].sent_at


def test_whoever_gave_no_address_is_told_in_the_app_only(app, session):
    gateway = Scripted()
    use(app, gateway)
    tell(reader(email=None))

    assert deliver_due_notices(NOON) == 0
    assert session.scalar(select(func.count()).select_from(Notice)) == 1
    assert deliveries() == []


def test_what_was_told_before_the_gateway_was_switched_on_is_not_sent(app):
    person = reader()
    tell(person, "cũ")
    use(app, Scripted())
    tell(person, "mới")

    assert deliver_due_notices(NOON) == 1


def test_a_deed_that_is_rolled_back_sends_nothing(app):
    use(app, Scripted())
    with pytest.raises(ValueError, match="thôi"):
        _tell_and_fail(reader())

    assert deliveries() == []


def test_the_same_event_told_twice_is_sent_once(app):
    gateway, person = Scripted(), reader()
    use(app, gateway)
    for _ in range(2):
        tell(person)

    assert deliver_due_notices(NOON) == 1


def test_two_gateways_each_send_a_notice(app):
    first, second = Scripted(name="một"), Scripted(name="hai")
    use(app, first, second)
    tell(reader())

    assert deliver_due_notices(NOON) == 2
    assert first.taken == second.taken


def test_what_happens_at_night_is_in_the_app_at_once_and_goes_out_in_the_morning(app, session):
    use(app, Scripted(), quiet_hours="21:00-06:30")
    tell(reader(), now=NIGHT)

    assert session.scalar(select(func.count()).select_from(Notice)) == 1
    assert deliveries()[0].not_before == MORNING
    assert deliver_due_notices(NIGHT) == 0


def test_a_worker_that_comes_late_does_not_write_at_night(app):
    use(app, Scripted(), quiet_hours="21:00-06:30")
    tell(reader(), now=NOON)

    assert deliver_due_notices(NIGHT) == 0
    assert deliver_due_notices(NOON) == 1


@pytest.mark.parametrize(
    ("clock", "over"),
    [("20:59", "20:59"), ("21:00", "06:30"), ("23:59", "06:30"), ("00:00", "06:30"), ("06:29", "06:30"),
     ("06:30", "06:30"), ("12:00", "12:00")],
)  # fmt: skip
def test_quiet_hours_over_midnight_end_in_the_morning(clock, over):
    moment = datetime.fromisoformat(f"2026-11-21T{clock}+07:00")

    end = read_quiet_hours("21:00-06:30").over(moment)

    assert end.isoformat()[11:16] == over
    assert timedelta(0) <= end - moment < timedelta(hours=10)


def test_quiet_hours_within_a_day_end_the_same_day():
    noon = datetime.fromisoformat("2026-11-21T12:00+07:00")

    assert read_quiet_hours("11:30-13:30").over(noon) == noon + timedelta(hours=1, minutes=30)
    assert read_quiet_hours("").over(noon) == noon


def test_quiet_hours_that_cannot_be_read_stop_the_start():
    for words in ("21h-6h", "21:00", "đêm"):
        with pytest.raises(Misconfigured, match="LMS_QUIET_HOURS"):
            read_quiet_hours(words)


def test_two_gateways_of_one_name_stop_the_start():
    with pytest.raises(Misconfigured, match="trùng tên"):
        check_names([Scripted(), Scripted()])


def test_a_refusal_is_final_and_kept(app):
    gateway = Scripted(refuse)
    use(app, gateway)
    tell(reader())

    for _ in range(2):
        assert deliver_due_notices(NOON) == 0

    (row,) = deliveries()
    assert (row.failure, row.tries) == ("Địa chỉ không có.", 1)
    assert row.failed_at


def test_one_refusal_does_not_hold_up_the_others(app):
    gateway = Scripted(lambda message: refuse(message) if message.to.startswith("sai") else None)
    use(app, gateway)
    tell(reader("sai@example.vn"), "1")
    tell(reader("dung@example.vn"), "2")

    assert deliver_due_notices(NOON) == 1


def test_a_gateway_that_is_down_is_tried_five_times_with_growing_pauses(app):
    use(app, Scripted(be_down))
    tell(reader())

    pauses = []
    for _ in range(5):
        before = utc_now()
        deliver_due_notices(NOON)
        (row,) = deliveries()
        pauses.append(row.not_before - before)
        assert deliver_due_notices(NOON) == 0
        change_deliveries(not_before=NOON)

    assert pauses[0] >= timedelta(minutes=1)
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[3] > 10 * pauses[1]
    (row,) = deliveries()
    assert (row.tries, row.failure) == (5, "Không nối được.")
    assert row.failed_at


def test_a_gateway_that_is_down_is_left_alone_for_the_round(app):
    asked = []

    def fail(message):
        asked.append(message.key)
        be_down(message)

    use(app, Scripted(fail))
    for number in range(3):
        tell(reader(f"nguoi{number}@example.vn"), str(number))

    deliver_due_notices(NOON)

    assert len(asked) == 1


def test_a_gateway_that_comes_back_sends_what_it_missed(app):
    use(app, Scripted(be_down))
    tell(reader())
    deliver_due_notices(NOON)
    use(app, Scripted())
    change_deliveries(not_before=NOON)

    assert deliver_due_notices(NOON) == 1


def test_an_address_taken_back_meanwhile_is_not_written_to(app, client):
    gateway, person = Scripted(), reader()
    use(app, gateway)
    tell(person)
    client.sign_in(account_id_of(person))
    client.send(client.get("/du-lieu-cua-toi").form("/thu-dien-tu"), email="")

    assert deliver_due_notices(NOON) == 0
    assert gateway.taken == []
    assert deliveries()[0].failure == "người nhận không còn địa chỉ"


def test_what_nobody_knows_is_not_sent_again_but_told_to_the_operator(app):
    use(app, Scripted(break_down))
    tell(reader())
    deliver_due_notices(NOON)
    use(app, Scripted())
    assert deliver_due_notices(NOON) == 0
    assert operator(app).exit_code == 0, "it may be on its way right now"

    change_deliveries(tried_at=utc_now() - timedelta(minutes=11))
    told = operator(app)

    assert deliver_due_notices(NOON) == 0
    assert told.exit_code == 1
    assert "không rõ đã gửi hay chưa: 1" in told.output
    assert f"Số {deliveries()[0].id}:" in told.output


def test_the_operator_may_send_what_is_in_doubt_again(app):
    gateway = in_doubt(app)

    assert operator(app, "--again", str(deliveries()[0].id)).exit_code == 0
    assert deliver_due_notices(NOON) == 1
    assert len(gateway.taken) == 1
    assert operator(app, "--again", str(deliveries()[0].id)).exit_code == 1


def test_the_operator_may_leave_what_is_in_doubt(app):
    gateway = in_doubt(app)

    assert operator(app, "--leave", str(deliveries()[0].id)).exit_code == 0
    assert deliver_due_notices(NOON) == 0
    assert gateway.taken == []
    assert deliveries()[0].failed_at


def test_a_gateway_that_knows_a_message_by_its_key_is_asked_again(app):
    keys = []

    def fail_once(message):
        keys.append(message.key)
        if len(keys) == 1:
            raise ConnectionResetError

    use(app, Scripted(fail_once, is_idempotent=True))
    tell(reader())
    assert deliver_due_notices(NOON) == 0
    assert deliver_due_notices(NOON) == 0, "another worker may be at it"
    change_deliveries(tried_at=utc_now() - timedelta(minutes=11))

    assert deliver_due_notices(NOON) == 1
    assert keys[0] == keys[1]


def test_many_workers_at_once_hand_over_each_notice_once(app, engine_url, tmp_path):
    use(app, Recorder(tmp_path / "so"))
    for number in range(40):
        tell(reader(f"nguoi{number}@example.vn"), str(number))
    start = PROCESS.Barrier(4)
    workers = [
        PROCESS.Process(target=send_all, args=(engine_url, str(tmp_path / "du-lieu"), tmp_path / "so", start))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(written(tmp_path / "so")) == len(set(written(tmp_path / "so"))) == 40
    assert all(row.sent_at and row.tries == 1 for row in deliveries())


@pytest.mark.parametrize(
    ("when", "handed_over", "sent_later"), [("before_claim", 0, 1), ("before", 0, 0), ("after", 1, 0)]
)
def test_a_worker_killed_at_any_step_never_makes_a_second_message(
    app, engine_url, tmp_path, when, handed_over, sent_later
):
    book = tmp_path / "so"
    use(app, Recorder(book))
    tell(reader())
    worker = PROCESS.Process(target=send_and_die, args=(engine_url, str(tmp_path / "du-lieu"), book, when))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -9
    assert len(written(book)) == handed_over

    assert deliver_due_notices(NOON) == sent_later
    assert len(written(book)) == handed_over + sent_later
    if not sent_later:
        change_deliveries(tried_at=utc_now() - timedelta(minutes=11))
        assert operator(app).exit_code == 1


def in_doubt(app):
    """Arrange one delivery that nobody knows about; return the gateway that works again."""
    use(app, Scripted(break_down))
    tell(reader())
    deliver_due_notices(NOON)
    change_deliveries(tried_at=utc_now() - timedelta(minutes=11))
    gateway = Scripted()
    use(app, gateway)
    return gateway


def operator(app, *options):
    """Ask as the operator does."""
    return app.test_cli_runner().invoke(lms, ["notices", *options])


def _tell_and_fail(person_id):
    def work(session):
        rules.notify(session, person_id=person_id, template="t", event="e", text="…", now=NOON)
        raise ValueError("thôi")

    in_unit(work)
