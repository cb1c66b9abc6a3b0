"""Allotment runs: the order of a class comes from the published rule, is stored, and can be run again."""

from lms.db import db_session, in_unit
from lms.training import rules
from lms.training.allotting import same
from lms.training.models import AllotmentRun, Call, CallCommune, Need, Seat, TrainingEvent
from lms.training.runs import stored_run
from tests.factories import HAC_THANH, THANH_HOA

from .world import AFTER_CLASS, HOUR, TOPIC

OTHER_COMMUNE = "14758"


def the_run() -> AllotmentRun:
    session = db_session()
    session.rollback()
    return session.query(AllotmentRun).one()


def in_places(class_id: int) -> list[int]:
    """Return the teams in the order of their ranks."""
    session = db_session()
    session.rollback()
    return [seat.team_id for seat in session.query(Seat).filter_by(class_id=class_id).order_by(Seat.rank, Seat.place)]


def fair_call(world, **but) -> int:
    return world.use_call(order="fair", **but)


def test_a_published_class_keeps_its_run_and_the_run_gives_the_same_once_more(world):
    fair_call(world)
    class_id = world.published(*(world.team() for _ in range(5)))

    row = the_run()

    assert same(stored_run(row))
    assert row.inputs["about"]["capacity"] == 2
    assert [seat.rank for seat in db_session().query(Seat).order_by(Seat.rank)] == [1, 2, 3, 4, 5]
    assert sorted(world.states(class_id)) == ["offered", "offered", "waiting", "waiting", "waiting"]


def test_a_changed_output_is_no_longer_the_same_run(world):
    fair_call(world)
    world.published(*(world.team() for _ in range(3)))
    row = the_run()

    row.output = [row.output[1], row.output[0], *row.output[2:]]

    assert not same(stored_run(row))
    db_session().rollback()


def test_communes_take_turns_by_what_they_have_got_for_their_number_of_teams(world):
    fair_call(world)
    many = [world.team() for _ in range(4)]
    few = [world.team(commune=OTHER_COMMUNE) for _ in range(2)]

    class_id = world.published(*many, *few, capacity=3)

    order = in_places(class_id)
    small = {team.id for team in few}
    turns = ["few" if team in small else "many" for team in order]
    # Ratios after each place: the commune with four teams may stand at 1/4 and 2/4 while the other stands at 1/2.
    assert turns.count("few") == 2
    assert turns[:3].count("few") == 1


def test_in_the_fair_window_the_hour_of_registering_decides_nothing(world):
    fair_call(world)
    teams = [world.team() for _ in range(6)]
    class_id = world.published(*teams)

    inputs = the_run().inputs
    in_window = inputs["columns"].index("in_window")

    assert all(claim[in_window] for claim in inputs["claims"])
    assert set(in_places(class_id)) == {team.id for team in teams}


def test_after_the_fair_window_the_earlier_number_goes_first(world):
    fair_call(world, fair_until=world.now)
    teams = [world.team() for _ in range(6)]

    class_id = world.published(*teams)

    assert in_places(class_id) == [team.id for team in teams]


def test_first_come_goes_by_the_number_alone(world):
    world.use_call(order="first_come")
    teams = [world.team() for _ in range(6)]

    class_id = world.published(*reversed(teams))

    assert in_places(class_id) == [team.id for team in reversed(teams)]


def test_a_team_never_trained_in_the_topic_goes_before_one_that_was(world):
    fair_call(world)
    old, new = world.team(), world.team()

    day = world.plan(title="Lớp năm ngoái")
    in_unit(
        lambda s: s.add(
            Seat(class_id=day, person_id=old.member, team_id=old.id, topic=TOPIC, state="completed", seq=1, rank=1,
                 place=1, queued_at=world.now)
        )
    )  # fmt: skip
    class_id = world.published(old, new, capacity=1)

    assert in_places(class_id) == [new.id, old.id]
    score = world.seat(class_id, new.leader).score
    assert score["parts"]["never"] == [1, 6]


def test_a_commune_hard_to_reach_and_a_need_that_waited_score_higher(world):
    call = fair_call(world)
    near, far, waited = world.team(), world.team(commune=OTHER_COMMUNE), world.team()
    in_unit(lambda s: s.add(CallCommune(call_id=call, commune_code=OTHER_COMMUNE, is_remote=True)))
    needs = {team.id: world.register(team) for team in (near, far, waited)}

    def age(session):
        session.get(Need, needs[waited.id]).age = 2

    in_unit(age)
    class_id = world.plan(3)
    world.group(class_id, *needs.values())
    world.publish(class_id)

    totals = {team.id: world.seat(class_id, team.leader).score["total"] for team in (near, far, waited)}
    assert totals[waited.id] == totals[near.id] + 6
    assert totals[far.id] == totals[near.id] + 2


def test_the_run_keeps_what_every_score_is_made_of(world):
    fair_call(world)
    class_id = world.published(world.team(), world.team())
    seats = db_session().query(Seat).filter_by(class_id=class_id).all()

    row = the_run()

    assert row.inputs["about"]["scores"] == {str(seat.need_id): seat.score for seat in seats}
    row.inputs = row.inputs | {"about": row.inputs["about"] | {"scores": {}}}
    assert not same(stored_run(row))
    db_session().rollback()


def test_an_absence_without_excuse_counts_in_the_next_call_whatever_was_drafted_in_between(world):
    """Between the two: a draft put aside, and a call of which no class came."""
    fair_call(world)
    team = world.team()
    taught = world.published(team, lock_hours=0)
    world.do(rules.confirm_seat, by=team.by("leader"), seat_id=world.seat(taught, team.leader).id)
    world.finalise(taught)
    assert world.states(taught) == ["no_show"]
    world.now = AFTER_CLASS
    plan = rules.CallPlan(title="Nháp", topics=[TOPIC], opens_at=world.now, closes_at=world.now + 9 * HOUR)
    draft = world.do(rules.draft_call, by=world.officer, province_code=THANH_HOA, plan=plan).id
    world.do(rules.archive_call, by=world.officer, call_id=draft)
    empty = world.open_call(title="Đợt không có lớp")
    world.do(rules.close_call, by=world.officer, call_id=empty, reason="ít tổ")
    fair_call(world, title="Đợt mới")

    class_id = world.published(team)

    assert world.seat(class_id, team.leader).score["parts"]["no_show"] == [1, -3]


def test_no_team_gets_a_second_place_before_every_team_has_its_first(world):
    fair_call(world)
    greedy, modest = world.team(), [world.team() for _ in range(3)]
    needs = [world.register(greedy, seats_wanted=2), *(world.register(team) for team in modest)]
    class_id = world.plan(4)
    world.group(class_id, *needs)

    world.publish(class_id)

    assert in_places(class_id)[-1] == greedy.id
    assert len(set(in_places(class_id)[:4])) == 4


def test_whoever_lost_a_place_goes_first_in_the_next_class(world):
    fair_call(world)
    teams = [world.team() for _ in range(5)]
    needs = [world.register(team) for team in teams]

    def lost(session):
        session.get(Need, needs[3]).displaced_at = world.now

    in_unit(lost)
    class_id = world.plan(2)
    world.group(class_id, *needs)
    world.publish(class_id)

    assert in_places(class_id)[0] == teams[3].id


def test_every_rank_is_written_into_the_chain_of_its_seat(world):
    fair_call(world)
    class_id = world.published(*(world.team() for _ in range(3)))
    seats = db_session().query(Seat).filter_by(class_id=class_id).all()

    for seat in seats:
        events = db_session().query(TrainingEvent).filter_by(entity="seat", entity_id=seat.id).all()
        ranked = [event for event in events if (event.from_state, event.to_state) == ("waiting", "waiting")]
        assert [event.snapshot["order"] for event in ranked] == [[seat.rank, seat.place]]
    assert world.findings() == []


def test_the_seed_is_known_before_anybody_registers(world):
    call = fair_call(world)
    seed = db_session().get(Call, call).seed

    world.published(world.team(commune=HAC_THANH), world.team())

    assert the_run().seed == seed
