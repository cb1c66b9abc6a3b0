"""Classes proposed out of needs: few, even, near, never two at once for one team, and always the same."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.training.proposing import (
    KINDS,
    Limits,
    Planned,
    Wanted,
    filling_words,
    propose,
    suggest_clusters,
    warnings_of,
)

untimed = settings(deadline=None, max_examples=60)

MONDAY = date(2026, 11, 2)
LIMITS = Limits(starts_on=MONDAY)
TOPICS = ["an-toan", "thanh-toan"]
CODES = [f"{number:05d}" for number in range(1, 13)]


def want(need_id, commune="00001", places=1, topic="an-toan", half_days=()):
    return Wanted(need_id, need_id, commune, topic, places, frozenset(half_days))


def wanted_by(**places):
    """Return needs of one place each; `_00001=7` asks for seven of them in the commune."""
    communes = [code.strip("_") for code, number in places.items() for _ in range(number)]
    return [want(need_id, commune) for need_id, commune in enumerate(communes, 1)]


def communes_of(proposal):
    return [dict(one.communes) for one in proposal.classes]


def sessions_of(wanted, **limits):
    """Return the days (counted from the Monday) and half-days of the only class."""
    [only] = propose(wanted, {"00001": "A"}, replace(LIMITS, min_viable=1, **limits), TOPICS).classes
    return [((day - MONDAY).days, half_day) for day, half_day in only.sessions]


def numbered(rows):
    return [want(need_id, *row) for need_id, row in enumerate(rows, 1)]


# Some are of communes without a cluster, or ask for a topic that is not held now.
one_need = st.tuples(
    st.sampled_from([*CODES, "99999"]),
    st.integers(0, 6),
    st.sampled_from([*TOPICS, "khac"]),
    st.sampled_from([set(kinds) for number in range(4) for kinds in combinations(KINDS, number)]),
)
many_needs = st.lists(one_need, max_size=24).map(numbered)
clusterings = st.lists(st.sampled_from("ABCD"), min_size=len(CODES), max_size=len(CODES)).map(
    lambda names: dict(zip(CODES, names, strict=True))
)
many_limits = st.integers(3, 12).flatmap(
    lambda size: st.builds(
        Limits,
        starts_on=st.just(MONDAY),
        size=st.just(size),
        min_viable=st.integers(1, size),
        sessions=st.integers(1, 3),
        max_classes=st.none() | st.integers(1, 5),
        days_off=st.frozensets(st.integers(0, 20).map(lambda days: MONDAY + timedelta(days=days))),
        per_slot=st.integers(1, 3),
    )
)


@untimed
@given(many_needs, clusterings, many_limits, st.randoms())
def test_the_same_needs_in_any_order_give_the_same_proposal(wanted, clusters, limits, random):
    shuffled = random.sample(wanted, len(wanted))
    turned = dict(reversed(clusters.items()))

    assert propose(shuffled, turned, limits, TOPICS) == propose(wanted, clusters, limits, TOPICS)


@untimed
@given(many_needs, clusterings, many_limits)
def test_every_need_is_in_one_class_or_left_out_with_a_reason(wanted, clusters, limits):
    proposal = propose(wanted, clusters, limits, TOPICS)

    placed = [need_id for one in proposal.classes for need_id in one.need_ids]
    assert sorted([*placed, *proposal.left_out]) == [need.need_id for need in wanted]
    assert all(reason.endswith(".") for reason in proposal.left_out.values())
    assert [one.number for one in proposal.classes] == list(range(1, len(proposal.classes) + 1))


@untimed
@given(many_needs, clusterings, many_limits)
def test_a_class_holds_what_its_needs_ask_for_in_one_topic(wanted, clusters, limits):
    needs = {need.need_id: need for need in wanted}

    for one in propose(wanted, clusters, limits, TOPICS).classes:
        own = [needs[need_id] for need_id in one.need_ids]
        places = Counter()
        for need in own:
            places[need.commune] += need.places
        assert own
        assert own == sorted(own, key=lambda need: (need.commune, need.need_id))
        assert list(one.communes) == sorted(places.items())
        assert {need.topic for need in own} == {one.topic}
        assert one.cluster in {clusters[need.commune] for need in own}
        assert (one.capacity, one.min_viable) == (limits.size, limits.min_viable)


@untimed
@given(many_needs, clusterings, many_limits)
def test_no_class_is_too_full_unless_the_number_of_classes_is_limited(wanted, clusters, limits):
    limited = propose(wanted, clusters, limits, TOPICS)
    free = propose(wanted, clusters, replace(limits, max_classes=None), TOPICS)

    assert all(one.places <= limits.size for one in free.classes)
    numbers = Counter(one.topic for one in limited.classes)
    assert limits.max_classes is None or all(number <= limits.max_classes for number in numbers.values())
    for one in limited.classes:
        waits = f"{one.places - limits.size} chỗ phải chờ."
        assert (one.places > limits.size) == any(waits in sentence for sentence in one.why)


@untimed
@given(many_needs, clusterings, many_limits)
def test_two_classes_with_people_of_one_cluster_never_meet_at_once(wanted, clusters, limits):
    proposal = propose(wanted, clusters, limits, TOPICS)

    for one, other in combinations(proposal.classes, 2):
        homes, others = ({clusters[code] for code, _ in each.communes} for each in (one, other))
        assert homes.isdisjoint(others) or set(one.sessions).isdisjoint(other.sessions)
    assert not any("Trùng" in warning for own in warnings_of(proposal.classes).values() for warning in own)


@untimed
@given(many_needs, clusterings, many_limits)
def test_sessions_are_on_open_days_and_no_more_classes_at_once_than_can_be(wanted, clusters, limits):
    proposal = propose(wanted, clusters, limits, TOPICS)

    meeting = Counter(slot for one in proposal.classes for slot in one.sessions)
    assert all(number <= limits.per_slot for number in meeting.values())
    for one in proposal.classes:
        assert len(set(one.sessions)) == limits.sessions
        assert list(one.sessions) == sorted(one.sessions, key=lambda slot: (slot[0], slot[1] == "chieu"))
        for day, half_day in one.sessions:
            assert day >= MONDAY
            assert day.isoweekday() != 7
            assert day not in limits.days_off
            assert half_day in ("sang", "chieu")


@untimed
@given(many_needs, clusterings, many_limits)
def test_no_single_kind_of_half_day_would_suit_more_people(wanted, clusters, limits):
    needs = {need.need_id: need for need in wanted}

    def able(own, kinds):
        return sum(need.places for need in own if not need.half_days or set(kinds) <= need.half_days)

    for one in propose(wanted, clusters, limits, TOPICS).classes:
        own = [needs[need_id] for need_id in one.need_ids]
        kinds = {f"{half}-{'cuoi' if day.isoweekday() == 6 else 'trong'}-tuan" for day, half in one.sessions}
        assert able(own, kinds) == max(able(own, [kind]) for kind in KINDS)


def filled_in_turn(needs, size):
    """Count the classes when each is filled to the last place that fits: fewer cannot be."""
    classes = room = 0
    for need in sorted(needs, key=lambda need: (need.commune, need.need_id)):
        if need.places > room:
            classes, room = classes + 1, size
        room -= need.places
    return classes


@untimed
@given(many_needs, clusterings, many_limits)
def test_there_are_as_few_classes_as_can_be_and_a_joining_neighbour_makes_no_more(wanted, clusters, limits):
    proposal = propose(wanted, clusters, replace(limits, max_classes=None), TOPICS)

    needs = {need.need_id: need for need in wanted}
    classes, received, own = Counter(), defaultdict(list), defaultdict(list)
    for one in proposal.classes:
        row = one.topic, one.cluster
        classes[row] += 1
        received[row] += [needs[need_id] for need_id in one.need_ids]
    for row, those in received.items():
        own[row] = [need for need in those if clusters[need.commune] == row[1]]
        assert classes[row] == filled_in_turn(those, limits.size)
        assert classes[row] == filled_in_turn(own[row], limits.size)


@untimed
@given(many_needs, clusterings, many_limits)
def test_only_a_cluster_that_asks_for_too_little_joins_another(wanted, clusters, limits):
    needs = {need.need_id: need for need in wanted}
    proposal = propose(wanted, clusters, replace(limits, max_classes=None), TOPICS)

    at = defaultdict(set)
    asked = Counter()
    for one in proposal.classes:
        for need_id in one.need_ids:
            home = clusters[needs[need_id].commune]
            at[one.topic, home].add(one.cluster)
            asked[one.topic, home] += needs[need_id].places
    for (topic, home), hosts in at.items():
        assert hosts == {home} or (len(hosts) == 1 and asked[topic, home] < limits.min_viable)


def test_communes_stay_whole_and_together_where_that_can_be():
    proposal = propose(
        wanted_by(_00001=12, _00002=9, _00003=14, _00004=10, _00005=8), dict.fromkeys(CODES, "A"), LIMITS, TOPICS
    )

    assert communes_of(proposal) == [{"00001": 12, "00002": 9}, {"00003": 14, "00004": 10, "00005": 8}]


def test_a_commune_is_cut_only_where_the_rest_would_not_fit():
    whole = propose(wanted_by(_00001=38, _00002=2, _00003=40), dict.fromkeys(CODES, "A"), LIMITS, TOPICS)
    cut = propose(wanted_by(_00001=38, _00002=4, _00003=38), dict.fromkeys(CODES, "A"), LIMITS, TOPICS)
    large = propose(wanted_by(_00001=90), dict.fromkeys(CODES, "A"), LIMITS, TOPICS)

    assert communes_of(whole) == [{"00001": 38, "00002": 2}, {"00003": 40}]
    assert communes_of(cut) == [{"00001": 38, "00002": 2}, {"00002": 2, "00003": 38}]
    assert [one.places for one in large.classes] == [30, 30, 30]


def test_a_class_too_small_is_avoided_before_a_cut_through_a_commune():
    whole = propose(wanted_by(_00001=16, _00002=30), dict.fromkeys(CODES, "A"), LIMITS, TOPICS)
    cut = propose(wanted_by(_00001=10, _00002=36), dict.fromkeys(CODES, "A"), LIMITS, TOPICS)

    assert communes_of(whole) == [{"00001": 16}, {"00002": 30}]
    assert communes_of(cut) == [{"00001": 10, "00002": 13}, {"00002": 23}]


def test_needs_of_several_places_are_never_torn_and_still_take_few_classes():
    wanted = [want(need_id, CODES[need_id % 12], 3) for need_id in range(52)]

    proposal = propose(wanted, dict.fromkeys(CODES, "A"), LIMITS, TOPICS)

    assert [one.places for one in proposal.classes] == [39, 39, 39, 39]


def test_what_is_too_little_joins_the_next_cluster_else_the_one_before():
    clusters = {"00001": "A", "00002": "B", "00003": "C"}

    forward = propose(wanted_by(_00001=5, _00002=30, _00003=20), clusters, LIMITS, TOPICS)
    backward = propose(wanted_by(_00001=20, _00002=38, _00003=2), clusters, LIMITS, TOPICS)
    chain = propose(wanted_by(_00001=5, _00002=6, _00003=7), clusters, LIMITS, TOPICS)

    assert communes_of(forward) == [{"00001": 5, "00002": 30}, {"00003": 20}]
    assert [one.cluster for one in forward.classes] == ["B", "C"]
    assert forward.classes[0].why[:2] == (
        "Có 35 chỗ xin học chuyên đề này ở B.",
        "Lớp có 5 chỗ của A học ghép.",
    )
    assert communes_of(backward) == [{"00001": 20}, {"00002": 38, "00003": 2}]
    assert communes_of(chain) == [{"00001": 5, "00002": 6, "00003": 7}]


def test_what_fits_nowhere_is_a_small_class_with_a_warning():
    clusters = {"00001": "A", "00002": "B", "00003": "C"}

    proposal = propose(wanted_by(_00001=5, _00002=40), clusters, LIMITS, TOPICS)
    apart = propose(wanted_by(_00001=5, _00003=20), clusters, LIMITS, TOPICS)

    assert communes_of(proposal) == [{"00001": 5}, {"00002": 40}]
    assert communes_of(apart) == [{"00001": 5}, {"00003": 20}], "only a neighbour receives"
    assert warnings_of(proposal.classes) == {
        1: ["Mới có 5 chỗ xin học, cần ít nhất 15 để mở lớp. Hãy ghép với lớp khác."],
        2: [],
    }


def test_with_fewer_classes_the_queues_get_longer_and_it_is_said():
    clusters = {"00001": "A", "00002": "B", "00003": "C"}
    wanted = wanted_by(_00001=90, _00002=20, _00003=60)

    three = propose(wanted, clusters, replace(LIMITS, max_classes=4), TOPICS)
    two = propose(wanted, clusters, replace(LIMITS, max_classes=2), TOPICS)

    assert communes_of(three) == [{"00001": 45}, {"00001": 45}, {"00002": 20}, {"00003": 60}]
    assert communes_of(two) == [{"00001": 90}, {"00002": 20, "00003": 60}]
    assert {one.capacity for one in two.classes} == {40}
    assert "Chuyên đề này chỉ mở 2 lớp, nên 50 chỗ phải chờ." in two.classes[0].why
    assert warnings_of(two.classes)[1] == ["Quá sức lớp: 90 chỗ xin học, lớp có 40 chỗ: 50 chỗ phải chờ."]


def test_who_is_left_out_reads_why():
    wanted = [want(1, "99999"), want(2, topic="khac"), want(3, places=0), want(4, places=41), want(5, "00002")]

    proposal = propose(wanted, {"00001": "A", "00002": ""}, LIMITS, TOPICS)

    assert proposal.classes == ()
    assert proposal.left_out == {
        1: "Xã này chưa thuộc cụm nào. Hãy xếp xã vào một cụm rồi lập lại đề xuất.",
        2: "Chuyên đề này không xếp lần này.",
        3: "Nhu cầu này không còn chỗ nào cần xếp.",
        4: "Tổ xin 41 chỗ, hơn cả một lớp 40 chỗ. Hãy bớt số chỗ hoặc tăng sĩ số lớp.",
        5: "Xã này chưa thuộc cụm nào. Hãy xếp xã vào một cụm rồi lập lại đề xuất.",
    }


def test_the_half_day_most_people_can_come_to_wins_and_is_said():
    wanted = [
        want(1, places=3, half_days=["sang-trong-tuan"]),
        want(2, places=9, half_days=["chieu-trong-tuan", "chieu-cuoi-tuan"]),
        want(3, places=7, half_days=["chieu-trong-tuan"]),
        want(4, places=1),
    ]

    [only] = propose(wanted, {"00001": "A"}, LIMITS, TOPICS).classes

    assert only.sessions == ((MONDAY, "chieu"), (MONDAY + timedelta(days=1), "chieu"))
    assert only.why == (
        "Có 20 chỗ xin học chuyên đề này ở A.",
        "Buổi chiều trong tuần: 17 trên 20 người đến được, các buổi khác không đông hơn.",
    )


def test_sessions_are_as_near_together_as_can_be():
    assert sessions_of([want(1)]) == [(0, "sang"), (0, "chieu")]
    assert sessions_of([want(1, half_days=["sang-trong-tuan"])]) == [(0, "sang"), (1, "sang")]
    assert sessions_of([want(1, half_days=["sang-cuoi-tuan"])]) == [(5, "sang"), (12, "sang")]
    assert sessions_of([want(1)], sessions=1) == [(0, "sang")]
    friday = MONDAY + timedelta(days=4)
    assert sessions_of([want(1, half_days=["sang-trong-tuan"])], starts_on=friday) == [(7, "sang"), (8, "sang")]


def test_sundays_and_days_off_are_free():
    off = frozenset({MONDAY, MONDAY + timedelta(days=2)})

    assert sessions_of([want(1, half_days=["chieu-trong-tuan"])], days_off=off) == [(3, "chieu"), (4, "chieu")]
    assert sessions_of([want(1)], starts_on=MONDAY - timedelta(days=1), days_off=off) == [(1, "sang"), (1, "chieu")]


def test_a_need_names_known_half_days_and_comes_once_and_limits_can_be_kept():
    with pytest.raises(ValueError, match="half-days"):
        want(1, half_days=["toi"])
    with pytest.raises(ValueError, match="twice"):
        propose([want(1), want(1, "00002")], {}, LIMITS, TOPICS)
    for odd in ({"size": 0}, {"min_viable": 41}, {"sessions": 0}, {"per_slot": 0}, {"max_classes": 0}):
        with pytest.raises(ValueError, match="limits"):
            replace(LIMITS, **odd)


def test_a_changed_input_changes_the_digest():
    wanted, clusters = wanted_by(_00001=20, _00002=20), {"00001": "A", "00002": "B"}
    digest = propose(wanted, clusters, LIMITS, TOPICS).digest

    others = [
        propose([*wanted[:-1], replace(wanted[-1], half_days=frozenset(KINDS))], clusters, LIMITS, TOPICS),
        propose(wanted, clusters | {"00003": "B"}, LIMITS, TOPICS),
        propose(wanted, clusters, replace(LIMITS, days_off=frozenset({date(2027, 1, 1)})), TOPICS),
        propose(wanted, clusters, LIMITS, TOPICS[::-1]),
    ]

    assert len({digest, *(other.digest for other in others)}) == 5


def test_the_needs_of_a_province_are_proposed_whole():
    codes = [f"{number:05d}" for number in range(166)]
    wanted = [
        want(number, codes[number * 7 % 166], 1 + number % 2, TOPICS[number % 3 // 2], KINDS[: number % 4])
        for number in range(2_100)
    ]
    places = Counter()
    for need in wanted:
        places[need.commune] += need.places
    clusters = suggest_clusters(places, 150)

    proposal = propose(wanted, clusters, LIMITS, TOPICS)

    assert sum(len(one.need_ids) for one in proposal.classes) == len(wanted)
    assert not proposal.left_out
    assert max(one.places for one in proposal.classes) <= 40
    assert all(not own for own in warnings_of(proposal.classes).values())


@untimed
@given(
    st.dictionaries(st.sampled_from(CODES), st.integers(0, 60)),
    st.integers(1, 100),
)
def test_suggested_clusters_are_neighbours_and_near_the_wish(communes, target):
    clusters = suggest_clusters(communes, target)

    assert set(clusters) == set(communes)
    in_row = [clusters[code] for code in sorted(communes)]
    names = list(dict.fromkeys(in_row))
    assert in_row == sorted(in_row, key=names.index), "a cluster is a stretch of neighbours"
    assert names == [f"Cụm {number}" for number in range(1, len(names) + 1)]
    total, largest = sum(communes.values()), max(communes.values(), default=0)
    wished = max(1, (2 * total + target) // (2 * target))
    assert len(names) <= wished
    for name in names:
        places = sum(communes[code] for code in communes if clusters[code] == name)
        assert places <= total / wished + largest


def test_clusters_are_suggested_of_even_size():
    assert suggest_clusters({"00003": 30, "00001": 40, "00002": 10, "00004": 20}, 50) == {
        "00001": "Cụm 1",
        "00002": "Cụm 1",
        "00003": "Cụm 2",
        "00004": "Cụm 2",
    }
    assert suggest_clusters({"00002": 0, "00001": 0}, 50) == {"00001": "Cụm 1", "00002": "Cụm 1"}
    assert suggest_clusters({}, 50) == {}


def test_a_board_says_what_a_move_has_done():
    morning, afternoon = (MONDAY, "sang"), (MONDAY, "chieu")
    classes = [
        Planned(1, (("00001", 30), ("00002", 12)), 40, 15, (morning, afternoon)),
        Planned(2, (("00002", 9), ("00003", 11)), 40, 15, (afternoon, morning)),
        Planned(3, (("00004", 3),), 40, 15, (morning,)),
        Planned(4, (("00001", 40),), 40, 15, ()),
    ]

    assert warnings_of(reversed(classes)) == {
        1: [
            "Quá sức lớp: 42 chỗ xin học, lớp có 40 chỗ: 2 chỗ phải chờ.",
            "Trùng buổi với lớp 2 (sáng 02/11/2026, chiều 02/11/2026), mà hai lớp có người cùng xã. Hãy đổi buổi.",
        ],
        2: ["Trùng buổi với lớp 1 (sáng 02/11/2026, chiều 02/11/2026), mà hai lớp có người cùng xã. Hãy đổi buổi."],
        3: ["Mới có 3 chỗ xin học, cần ít nhất 15 để mở lớp. Hãy ghép với lớp khác."],
        4: ["Lớp chưa có buổi học nào. Hãy chọn ngày."],
    }
    assert [filling_words(one) for one in classes[1:]] == [
        "20 chỗ xin học, lớp có 40 chỗ: còn trống 20.",
        "3 chỗ xin học, lớp có 40 chỗ: còn trống 37.",
        "40 chỗ xin học, lớp có 40 chỗ: vừa đủ.",
    ]
