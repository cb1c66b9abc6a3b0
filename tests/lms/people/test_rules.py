"""Accounts, slips, PINs and consent: each rule by its name, on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.access import SYSTEM
from lms.db import db_session
from lms.people import rules, signing_in
from lms.people.codes import grouped, read_code, slip_code
from lms.people.models import Account, Consent, LoginSlip, SignIn
from lms.people.pins import WeakPin, check_pin_strength, hash_pin, pin_matches
from lms.people.signing_in import AccountWaits, SignInPolicy, SignInRefused, make_pin_hash
from tests.conftest import SECRET
from tests.factories import HAC_THANH, NOON, account_id_of, actor_of, clerk, make_person

POLICY = SignInPolicy(tries=5, wait=timedelta(minutes=15), stay=timedelta(days=30))
AGREED = {"learning": "Tôi đồng ý …"}


def slip_of(unit, person_id, now=NOON):
    account_id = account_id_of(person_id)
    slips = unit(
        lambda s: [x.nonce for x in rules.issue_slips(s, [account_id], by=SYSTEM, secret=SECRET, days=30, now=now)]
    )
    return slip_code(SECRET, slips[0])


def enter(unit, code, pin="482913", consents=AGREED, now=NOON):
    hashed = make_pin_hash(pin, SECRET)
    return unit(
        lambda s: rules.enter_by_slip(s, code, pin=pin, pin_hash=hashed, consents=consents, secret=SECRET, now=now).id
    )


def try_pin(unit, login, pin, now=NOON):
    tried = signing_in.try_pin(db_session(), login=login, pin=pin, secret=SECRET)
    outcome = unit(lambda s: signing_in.sign_in(s, tried, policy=POLICY, now=now))
    return outcome if isinstance(outcome, Exception) else "in"


def test_a_slip_is_read_however_it_is_typed(app, unit):
    code = slip_of(unit, make_person())

    assert read_code(grouped(code).lower()) == code
    assert read_code(f" {code[:5]} {code[5:]} ".replace("0", "o").replace("1", "l")) == code


def test_the_database_keeps_no_code(app, unit, session):
    code = slip_of(unit, make_person())

    row = session.scalars(select(LoginSlip)).one()

    assert code not in (row.code_hash, row.nonce)
    assert slip_code("another secret of the same length as ours", row.nonce) != code


def test_a_slip_opens_once(app, unit):
    code = slip_of(unit, make_person())
    enter(unit, code)

    with pytest.raises(rules.SlipUnusable):
        enter(unit, code, pin="918273")


def test_a_new_slip_stops_the_earlier_one(app, unit):
    person_id = make_person()
    first = slip_of(unit, person_id)
    second = slip_of(unit, person_id)

    with pytest.raises(rules.SlipUnusable):
        enter(unit, first)
    assert enter(unit, second)


def test_a_slip_ends_on_its_day(app, unit):
    code = slip_of(unit, make_person())

    with pytest.raises(rules.SlipUnusable):
        enter(unit, code, now=NOON + timedelta(days=30))


def test_without_a_yes_to_the_learning_record_nothing_is_stored(app, unit, session):
    """Luật 91/2025/QH15 Điều 9."""
    code = slip_of(unit, make_person())

    with pytest.raises(rules.ConsentMissing):
        enter(unit, code, consents={})

    assert session.scalar(select(Account.pin_hash)) is None
    assert session.scalar(select(func.count()).select_from(Consent)) == 0
    assert enter(unit, code)


def test_a_yes_keeps_the_wording_and_the_means(app, unit, session):
    enter(unit, slip_of(unit, make_person()))

    row = session.scalars(select(Consent)).one()

    assert (row.purpose, row.wording, row.means) == ("learning", "Tôi đồng ý …", "phiếu")


def test_five_wrong_pins_make_that_account_wait_and_nobody_else(app, unit):
    mai, lan = make_person("Lò Thị Mai", "0914994123"), make_person("Hà Thị Lan", "0914994124")
    enter(unit, slip_of(unit, mai))
    enter(unit, slip_of(unit, lan))

    outcomes = [try_pin(unit, "0914994123", "000111") for _ in range(5)]

    assert [type(o) for o in outcomes] == [SignInRefused] * 4 + [AccountWaits]
    assert isinstance(try_pin(unit, "0914994123", "482913"), AccountWaits)
    assert try_pin(unit, "0914994124", "482913") == "in"
    assert try_pin(unit, "0914994123", "482913", now=NOON + timedelta(minutes=16)) == "in"


def test_a_new_slip_ends_the_waiting(app, unit):
    person_id = make_person("Lò Thị Mai", "0914994123")
    enter(unit, slip_of(unit, person_id))
    for _ in range(5):
        try_pin(unit, "0914994123", "000111")

    enter(unit, slip_of(unit, person_id), pin="918274")

    assert try_pin(unit, "0914994123", "918274") == "in"


def test_an_unknown_phone_and_a_wrong_pin_get_the_same_answer(app, unit):
    enter(unit, slip_of(unit, make_person("Lò Thị Mai", "0914994123")))

    assert str(try_pin(unit, "0900000000", "482913")) == str(try_pin(unit, "0914994123", "000111"))


def test_a_shared_phone_asks_for_the_member_code(app, unit, session):
    husband, wife = make_person("Vi Văn Tâm", "0914994123"), make_person("Lò Thị Mai", "0914994123")
    enter(unit, slip_of(unit, husband))
    enter(unit, slip_of(unit, wife), pin="736455")

    refused = try_pin(unit, "0914994123", "736455")
    code = session.scalar(select(Account.code).where(Account.person_id == wife))

    assert isinstance(refused, SignInRefused)
    assert "mã tài khoản" in refused.remedy
    assert try_pin(unit, code, "736455") == "in"


@pytest.mark.parametrize(
    "pin", ["12345", "1234567", "abcdef", "000000", "123456", "654321", "121212", "123123", "994123"]
)
def test_a_pin_that_a_stranger_would_try_first_is_refused(pin):
    with pytest.raises(WeakPin):
        check_pin_strength(pin, "0914994123")


def change(unit, account_id, old, new, keep=None):
    by = actor_of(account_id)
    tried = signing_in.own_pin_try(db_session(), by=by, pin=old, secret=SECRET)
    hashed = make_pin_hash(new, SECRET)
    return unit(
        lambda s: signing_in.change_pin(
            s, tried, by=by, new=new, new_hash=hashed, keep_token=keep, policy=POLICY, now=NOON
        )
    )


def begin(unit, account_id):
    return unit(lambda s: rules.begin_session(s, s.get_one(Account, account_id), device="máy", policy=POLICY, now=NOON))


def live_sessions(session):
    return set(session.scalars(select(SignIn.token).where(SignIn.ended_at.is_(None))))


def test_changing_the_pin_signs_every_other_device_out(app, unit, session):
    account_id = enter(unit, slip_of(unit, make_person()))
    mine, other = begin(unit, account_id), begin(unit, account_id)

    assert change(unit, account_id, "482913", "918274", keep=mine) is None

    assert mine in live_sessions(session)
    assert other not in live_sessions(session)


def test_entering_by_a_new_slip_signs_lost_devices_out(app, unit, session):
    person_id = make_person()
    lost = begin(unit, enter(unit, slip_of(unit, person_id)))

    enter(unit, slip_of(unit, person_id), pin="918274")

    assert lost not in live_sessions(session)


def test_guessing_the_old_pin_counts_like_signing_in(app, unit):
    account_id = enter(unit, slip_of(unit, make_person()))

    outcomes = [change(unit, account_id, "000111", "918274") for _ in range(5)]

    assert isinstance(outcomes[-1], AccountWaits)
    assert isinstance(change(unit, account_id, "482913", "918274"), AccountWaits)


def test_an_unknown_phone_waits_just_like_a_known_one(app, unit):
    outcomes = [try_pin(unit, "0900000000", "000111") for _ in range(5)]

    assert [type(o) for o in outcomes] == [SignInRefused] * 4 + [AccountWaits]


def test_each_further_round_of_wrong_pins_waits_longer(app, unit):
    enter(unit, slip_of(unit, make_person("Lò Thị Mai", "0914994123")))
    for _ in range(5):
        first = try_pin(unit, "0914994123", "000111")
    later = NOON + timedelta(minutes=16)
    for _ in range(5):
        second = try_pin(unit, "0914994123", "000111", now=later)

    assert "12:15" in str(first)
    assert "12:46" in str(second)


def test_a_stolen_hash_opens_nothing_without_the_secret():
    stolen = hash_pin("482913", SECRET)

    assert pin_matches(stolen, "482913", SECRET)
    assert not pin_matches(stolen, "482913", "another secret")


def test_after_a_withdrawn_yes_its_use_is_refused_until_it_is_given_again(app, unit):
    account_id = enter(unit, slip_of(unit, make_person()))
    rules.refuse_after_withdrawal(actor_of(account_id))
    unit(lambda s: rules.withdraw_consent(s, by=actor_of(account_id), purpose="learning", now=NOON))

    with pytest.raises(rules.ConsentWithdrawn):
        rules.refuse_after_withdrawal(actor_of(account_id))
    again = {"purpose": "learning", "wording": "…", "means": "thử", "now": NOON}
    unit(lambda s: rules.give_consent(s, person_id=actor_of(account_id).person_id, **again))
    rules.refuse_after_withdrawal(actor_of(account_id))


def test_a_role_that_ended_opens_nothing_more(app, unit):
    account_id = clerk()
    assert actor_of(account_id).is_clerk

    unit(lambda s: rules.end_role(s, account_id=account_id, role="clerk", area_code=HAC_THANH, by=SYSTEM, now=NOON))

    assert not actor_of(account_id).is_clerk


def test_a_closed_account_lets_nobody_in(app, unit, session):
    person_id = make_person("Lò Thị Mai", "0914994123")
    account_id = enter(unit, slip_of(unit, person_id))
    begin(unit, account_id)

    unit(lambda s: rules.close_account(s, account_id=account_id, by=SYSTEM, now=NOON))

    assert isinstance(try_pin(unit, "0914994123", "482913"), SignInRefused)
    assert live_sessions(session) == set()


def test_accounts_are_opened_once_and_codes_never_repeat(app, unit, session):
    people = [make_person(f"Người {n}") for n in range(3)]

    unit(lambda s: rules.open_accounts(s, people, now=NOON))

    codes = list(session.scalars(select(Account.code)))
    assert len(codes) == len(set(codes)) == 3


def test_a_withdrawn_yes_stays_in_the_record(app, unit, session):
    account_id = enter(unit, slip_of(unit, make_person()))

    unit(lambda s: rules.withdraw_consent(s, by=actor_of(account_id), purpose="learning", now=NOON))

    row = session.scalars(select(Consent)).one()
    assert row.withdrawn_at == NOON
