"""The order in which places are given out: fair among communes, and provable afterwards."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.training.allotting import (
    RULE_VERSION,
    Claim,
    Run,
    Score,
    Share,
    Weights,
    allot,
    explain,
    fingerprint,
    part_words,
    rank_words,
    rerun,
    run,
    same,
    score,
)

untimed = settings(deadline=None)

COMMUNES = ["00101", "00102", "00103", "00104"]


def claim(need_id, commune="00101", *, place=1, points=0, seq=None, in_window=True, goes_first=False):
    seq = need_id if seq is None else seq
    return Claim(need_id, place, need_id, commune, points, seq, in_window, goes_first)


def ids(ranked):
    return [(one.claim.need_id, one.claim.place) for one in ranked]


@st.composite
def many_claims(draw, most_places=3, may_go_first=True):
    """Draw the claims of up to 14 needs, in any order."""
    claims = []
    for need_id in range(1, draw(st.integers(1, 14)) + 1):
        common = claim(
            need_id,
            draw(st.sampled_from(COMMUNES)),
            points=draw(st.integers(-3, 3)),
            in_window=draw(st.booleans()),
            goes_first=may_go_first and draw(st.integers(0, 5)) == 0,
        )
        places = draw(st.integers(1, most_places))
        claims += [replace(common, place=place) for place in range(1, places + 1)]
    return draw(st.permutations(claims))


def shares(most_reserve=3):
    one = st.builds(Share, st.integers(0, 6), st.integers(0, 3), st.integers(0, most_reserve))
    return st.dictionaries(st.sampled_from(COMMUNES), one)


single_round = many_claims(most_places=1, may_go_first=False)
no_reserve = shares(most_reserve=0)
seeds = st.text(max_size=5)


def called_up(claims, shares, seed):
    """Give out place after place exactly as the rule is told, with fractions and no sorting of the whole."""

    def in_line(one):
        lot = hashlib.sha256(f"{seed}\n{one.need_id}\n{one.place}".encode()).digest()
        return (-one.score, 0 if one.in_window else one.seq, lot)

    got = Counter({commune: share.got for commune, share in shares.items()})
    teams = {commune: max(1, shares.get(commune, Share(0)).teams) for commune in COMMUNES}
    left, order = list(claims), []

    def give_out(belongs):
        while open_claims := [one for one in left if belongs(one)]:
            heads = {}
            for one in sorted(open_claims, key=in_line):
                heads.setdefault(one.commune, one)
            ratio = {commune: Fraction(got[commune], teams[commune]) for commune in heads}
            given = min(heads.values(), key=lambda one: (ratio[one.commune], *in_line(one)))
            left.remove(given)
            got[given.commune] += 1
            order.append((given.need_id, given.place))

    places = sorted({one.place for one in claims})
    for place in places:
        give_out(lambda one, place=place: one.goes_first and one.place == place)
    give_out(lambda one: one.place == 1 and got[one.commune] < shares.get(one.commune, Share(0)).reserve)
    for place in places:
        give_out(lambda one, place=place: one.place == place)
    return order


@untimed
@given(many_claims(), shares(), seeds)
def test_one_sort_gives_the_same_order_as_calling_up_place_by_place(claims, shares, seed):
    assert ids(allot(claims, shares, seed=seed)) == called_up(claims, shares, seed)


@untimed
@given(many_claims(), shares(), seeds, st.sampled_from(["fair", "first_come"]), st.randoms())
def test_the_order_of_the_rows_does_not_matter(claims, shares, seed, order, random):
    shuffled = random.sample(claims, len(claims))
    turned = dict(reversed(shares.items()))

    assert allot(claims, shares, seed=seed, order=order) == allot(shuffled, turned, seed=seed, order=order)
    assert run(claims, shares, seed=seed, order=order) == run(shuffled, turned, seed=seed, order=order)


@untimed
@given(many_claims(), shares(), seeds, st.sampled_from(["fair", "first_come"]))
def test_every_claim_is_ranked_once_and_says_what_its_commune_had(claims, shares, seed, order):
    ranked = allot(claims, shares, seed=seed, order=order)

    assert sorted(ids(ranked)) == sorted((one.need_id, one.place) for one in claims)
    assert [one.rank for one in ranked] == list(range(1, len(claims) + 1))
    got = Counter({commune: share.got for commune, share in shares.items()})
    for one in ranked:
        assert one.got == got[one.claim.commune]
        got[one.claim.commune] += 1
        assert all(words.endswith(".") for words in rank_words(one))


@untimed
@given(many_claims(), shares(), seeds)
def test_no_team_gets_a_second_place_before_every_first_place_is_given(claims, shares, seed):
    ranked = [one.claim for one in allot(claims, shares, seed=seed)]

    assert [one.goes_first for one in ranked] == sorted((one.goes_first for one in ranked), reverse=True)
    for goes_first in (True, False):
        places = [one.place for one in ranked if one.goes_first == goes_first]
        assert places == sorted(places)


@untimed
@given(single_round, no_reserve, seeds)
def test_no_commune_falls_behind_another_by_more_than_one_place(claims, shares, seed):
    """Whoever gets the next place had, before it, no more for its teams than any commune still in line."""
    ranked = allot(claims, shares, seed=seed)

    got = Counter({commune: share.got for commune, share in shares.items()})
    for index, one in enumerate(ranked):
        for other in ranked[index:]:
            behind = Fraction(got[other.claim.commune], other.teams)
            assert Fraction(got[one.claim.commune], one.teams) <= behind
        got[one.claim.commune] += 1


@untimed
@given(single_round, no_reserve, seeds, st.integers(0, 14), st.data())
def test_when_a_winner_withdraws_nobody_else_stands_worse(claims, shares, seed, capacity, data):
    before = allot(claims, shares, seed=seed)
    leaver = data.draw(st.sampled_from(claims))
    after = allot([one for one in claims if one != leaver], shares, seed=seed)

    new_rank = {one.claim: one.rank for one in after}
    for one in before:
        assert one.claim == leaver or new_rank[one.claim] <= one.rank
    winners = set(ids(before[:capacity])) - {(leaver.need_id, leaver.place)}
    assert winners <= set(ids(after[:capacity]))


@untimed
@given(many_claims(), shares(), seeds, st.data())
def test_a_newcomer_moves_nobody_who_stands_before(claims, shares, seed, data):
    """With reserves, second places and all: those before the newcomer keep their rank to the number."""
    newcomer = data.draw(st.sampled_from(claims))
    before = allot([one for one in claims if one != newcomer], shares, seed=seed)
    after = allot(claims, shares, seed=seed)

    rank = next(one.rank for one in after if one.claim == newcomer)
    assert ids(before[: rank - 1]) == ids(after[: rank - 1])


@untimed
@given(many_claims(), shares(), seeds, st.data())
def test_a_newcomer_changes_no_order_among_the_others(claims, shares, seed, data):
    """Neither inside the newcomer's own commune, nor among all the other communes."""
    newcomer = data.draw(st.sampled_from(claims))
    before = allot([one for one in claims if one != newcomer], shares, seed=seed)
    after = [one for one in allot(claims, shares, seed=seed) if one.claim != newcomer]

    for own in (True, False):
        assert ids(one for one in before if (one.claim.commune == newcomer.commune) == own) == ids(
            one for one in after if (one.claim.commune == newcomer.commune) == own
        )


@untimed
@given(many_claims(), shares(), seeds, st.integers(0, 20), st.integers(0, 20))
def test_raising_capacity_keeps_the_winners_and_cutting_back_gives_the_same(claims, shares, seed, one, more):
    first = ids(allot(claims, shares, seed=seed))[:one]
    raised = ids(allot(claims, shares, seed=seed))[: one + more]
    cut_back = ids(allot(claims, shares, seed=seed))[:one]

    assert raised[: len(first)] == first == cut_back


def test_the_commune_with_the_fewest_places_for_its_teams_comes_next():
    claims = [claim(n, "00101", points=9) for n in (1, 2, 3)] + [claim(n, "00102") for n in (4, 5, 6)]
    shares = {"00101": Share(teams=2, got=1), "00102": Share(teams=4, got=0)}

    ranked = allot(claims, shares, seed="s")

    assert [one.claim.commune for one in ranked] == ["00102", "00102", "00101", "00102", "00101", "00101"]
    assert [(one.got, one.teams) for one in ranked] == [(0, 4), (1, 4), (1, 2), (2, 4), (2, 2), (3, 2)]
    assert [one.behind_by for one in ranked] == ["", "lot", "ratio", "score", "ratio", "lot"]


def test_ratios_are_compared_exactly():
    big = 10**17
    claims = [claim(1, "00101", points=5), claim(2, "00102")]

    ranked = allot(claims, {"00101": Share(big, 1), "00102": Share(big + 1, 1)}, seed="s")

    assert ids(ranked) == [(2, 1), (1, 1)]


def test_a_commune_without_teams_on_record_counts_as_one_team():
    claims = [claim(1, "00101"), claim(2, "00102"), claim(3, "00103", points=-1)]

    ranked = allot(claims, {"00101": Share(0, got=1), "00103": Share(2, got=1)}, seed="s")

    assert [(one.claim.commune, one.got, one.teams) for one in ranked] == [
        ("00102", 0, 1),
        ("00103", 1, 2),
        ("00101", 1, 1),
    ]


def test_inside_the_window_time_does_not_count_and_after_it_does():
    early, late, later = claim(1, seq=1), claim(2, seq=8, in_window=False), claim(3, seq=9, in_window=False)
    last_in_window = claim(4, seq=7)

    orders = {tuple(need for need, _ in ids(allot([later, late, early, last_in_window], {}, seed=s))) for s in "abcdef"}

    assert orders == {(1, 4, 2, 3), (4, 1, 2, 3)}


def test_points_go_before_time():
    ranked = allot([claim(1), claim(2, points=1, in_window=False), claim(3, points=2, in_window=False)], {}, seed="s")

    assert ids(ranked) == [(3, 1), (2, 1), (1, 1)]
    assert [one.behind_by for one in ranked] == ["", "score", "score"]


def test_ties_hang_on_the_seed_and_on_nothing_else():
    claims = [claim(n, commune) for n, commune in enumerate(COMMUNES)]

    orders = {seed: ids(allot(claims, {}, seed=seed)) for seed in "abcdefgh"}

    assert {seed: ids(allot(claims, {}, seed=seed)) for seed in "abcdefgh"} == orders
    assert len({tuple(order) for order in orders.values()}) > 1
    assert {one.behind_by for one in allot(claims, {}, seed="a")} == {"", "lot"}


def test_who_lost_a_place_goes_first_and_counts_for_the_commune():
    claims = [claim(1, points=30), claim(2, "00102", points=-3, goes_first=True), claim(3, "00102", points=9)]

    ranked = allot(claims, {}, seed="s")

    assert ids(ranked) == [(2, 1), (1, 1), (3, 1)]
    assert [one.tier for one in ranked] == ["goes_first", "round", "round"]


def test_the_reserve_is_honoured_and_what_is_not_used_returns_to_all():
    strong = [claim(n, "00101", points=9) for n in range(1, 7)]
    weak = [claim(7, "00102"), claim(8, "00102")]
    shares = {"00101": Share(teams=60), "00102": Share(teams=2, got=1, reserve=5)}

    reserved = allot(strong + weak, shares, seed="s")
    without = allot(strong + weak, shares | {"00102": Share(teams=2, got=1)}, seed="s")

    assert [one.claim.need_id for one in reserved if one.tier == "reserve"] == [
        one.claim.need_id for one in reserved[:2]
    ]
    assert {one.claim.need_id for one in reserved[:2]} == {7, 8}
    assert {one.claim.commune for one in reserved[2:]} == {"00101"}, "three places of the reserve are not kept empty"
    assert {one.claim.commune for one in without[:6]} == {"00101"}


@untimed
@given(many_claims(), shares(), seeds)
def test_a_reserve_holds_first_places_up_to_the_minimum(claims, shares, seed):
    ranked = allot(claims, shares, seed=seed)

    for commune, share in shares.items():
        own = [one for one in ranked if one.claim.commune == commune]
        gone_first = sum(one.claim.goes_first for one in own)
        first_places = sum(one.claim.place == 1 and not one.claim.goes_first for one in own)
        reserved = sum(one.tier == "reserve" for one in own)
        assert reserved == max(0, min(first_places, share.reserve - share.got - gone_first))


@untimed
@given(many_claims(), shares(), seeds)
def test_first_come_goes_by_number_then_place(claims, shares, seed):
    ranked = [one.claim for one in allot(claims, shares, seed=seed, order="first_come")]

    assert ranked == sorted(claims, key=lambda one: (not one.goes_first, one.seq, one.place))


def test_a_place_cannot_be_asked_for_twice_and_an_order_must_be_known():
    with pytest.raises(ValueError, match="twice"):
        allot([claim(1), claim(1, points=2)], {}, seed="s")
    with pytest.raises(ValueError, match="order"):
        allot([], {}, seed="s", order="lottery")


def test_the_reasons_of_a_rank_are_told():
    claims = [
        claim(1, goes_first=True),
        claim(2, points=3),
        claim(3, "00102", points=2, in_window=False),
        claim(2, points=3, place=2),
    ]

    told = [rank_words(one) for one in allot(claims, {"00102": Share(3, got=1, reserve=2)}, seed="s")]

    assert told == [
        [
            "Được xếp trước, vì đã có chỗ ở một lớp của chuyên đề này rồi bị rút.",
            "Lúc xếp, xã đã có 0 chỗ cho 1 tổ.",
            "Đứng đầu danh sách.",
        ],
        [
            "Thuộc số chỗ tối thiểu dành cho xã.",
            "Lúc xếp, xã đã có 1 chỗ cho 3 tổ.",
            "Chỗ liền trước thuộc lượt được xếp trước.",
        ],
        [
            "Lượt 1: chỗ thứ 1 của mỗi tổ.",
            "Lúc xếp, xã đã có 1 chỗ cho 1 tổ.",
            "Chỗ liền trước thuộc lượt được xếp trước.",
        ],
        [
            "Lượt 2: chỗ thứ 2 của mỗi tổ.",
            "Lúc xếp, xã đã có 2 chỗ cho 1 tổ.",
            "Chỗ liền trước thuộc lượt được xếp trước.",
        ],
    ]
    assert rank_words(allot([claim(1)], {}, seed="s", order="first_come")[0])[0] == "Xếp theo thứ tự đăng ký."


def test_a_score_shows_its_parts():
    scored = score(Weights(), lack=4, never_trained=True, age=2, is_remote=True, missed_last=True)

    assert scored.points == {"lack": 16, "never": 6, "age": 6, "remote": 2, "no_show": -3}
    assert scored.total == 27
    assert part_words(scored) == [
        "Tổ còn yếu 4 kỹ năng: 4 × 4 = 16 điểm",
        "Tổ chưa được tập huấn chuyên đề này lần nào: 6 điểm",
        "Tổ đã chờ qua 2 đợt mà chưa có chỗ: 2 × 3 = 6 điểm",
        "Xã đi lại khó khăn: 2 điểm",
        "Đợt trước tổ có chỗ mà vắng, không báo lý do: trừ 3 điểm",
    ]
    none = score(Weights(), lack=0, never_trained=False, age=0, is_remote=False, missed_last=False)
    assert (none.total, part_words(none)) == (0, [])


@untimed
@given(st.integers(0, 6), st.booleans(), st.integers(0, 9), st.booleans(), st.booleans())
def test_a_score_comes_back_from_storage_as_it_was(lack, never, age, remote, missed):
    scored = score(Weights(), lack=lack, never_trained=never, age=age, is_remote=remote, missed_last=missed)
    stored = json.loads(json.dumps(scored.as_dict(), sort_keys=True))

    assert Score.from_dict(stored) == scored
    assert stored["total"] == sum(count * weight for count, weight in stored["parts"].values())


@pytest.mark.parametrize(("lack", "age"), [(-1, 0), (7, 0), (0, -1)])
def test_a_score_is_counted_from_what_can_be(lack, age):
    with pytest.raises(ValueError, match="lack"):
        score(Weights(), lack=lack, never_trained=False, age=age, is_remote=False, missed_last=False)


def test_weights_are_known_and_whole():
    assert Weights.from_dict({}) == Weights()
    assert Weights.from_dict(Weights(lack=1, no_show=0).as_dict()) == Weights(lack=1, no_show=0)
    for odd in ({"luck": 1}, {"lack": 1.5}, {"lack": "4"}, {"lack": True}, {"lack": None}):
        with pytest.raises(ValueError, match=r"weights"):
            Weights.from_dict(odd)


@untimed
@given(many_claims(), shares(), seeds, st.sampled_from(["fair", "first_come"]))
def test_a_stored_run_gives_the_same_once_more(claims, shares, seed, order):
    made = run(claims, shares, seed=seed, order=order, about={"weights": Weights().as_dict(), "lớp": 7})
    stored = Run(**json.loads(json.dumps(asdict(made))))

    assert stored == made == rerun(stored)
    assert same(stored)
    assert stored.rule_version == RULE_VERSION
    assert [list(place) for place in ids(explain(stored))] == stored.output


def test_any_change_to_a_stored_run_shows():
    claims = [claim(1), claim(2, "00102", points=4), claim(2, "00102", points=4, place=2)]
    made = run(claims, {"00102": Share(3)}, seed="s", about={"capacity": 2})
    changes = [
        {"seed": "t"},
        {"rule_version": "2027-01"},
        {"order": "first_come"},
        {"output": made.output[::-1]},
        {"digest": made.digest[:-1] + ("0" if made.digest[-1] != "0" else "1")},
        {"inputs": made.inputs | {"about": {"capacity": 3}}},
        {"inputs": made.inputs | {"claims": made.inputs["claims"][1:]}},
        {"inputs": made.inputs | {"shares": {"00102": asdict(Share(4))}}},
    ]

    for change in changes:
        assert not same(replace(made, **change)), change
    assert same(made)


def test_a_digest_that_was_made_to_fit_does_not_help_a_forged_order():
    made = run([claim(1), claim(2, points=4)], {}, seed="s")
    forged = replace(made, output=made.output[::-1])
    content = {key: value for key, value in asdict(forged).items() if key != "digest"}
    forged = replace(forged, digest=fingerprint(content))

    assert fingerprint({**content, "output": made.output}) == made.digest
    assert not same(forged)
