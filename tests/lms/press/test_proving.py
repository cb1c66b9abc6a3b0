"""A compiled template is believed only after both ways gave the same papers."""

import re
from dataclasses import replace

import pytest

from lms.press import Frozen, Stale, Template, compile_template, press, prove
from lms.press.frozen import Slot, Spot
from lms.press.proving import ORDINARY
from tests.lms.press.specimens import ADDRESS, facts, template


@pytest.fixture(scope="module")
def plain() -> Template:
    return template("don-gian")


@pytest.fixture(scope="module")
def frozen(plain: Template) -> Frozen:
    return compile_template(plain, address=ADDRESS)


@pytest.fixture
def one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.press.proving.people", lambda template, letters: iter([facts()]))


def lowered(slot: Slot | None) -> Slot | None:
    """The same line a tenth of a millimetre lower."""
    if slot is None or slot.key != "name":
        return slot
    return replace(slot, spots=tuple(replace(spot, baseline=f"{float(spot.baseline) + 0.4}") for spot in slot.spots))


def test_a_compiled_template_proves_itself(plain: Template, frozen: Frozen) -> None:
    proof = prove(plain, frozen)
    assert proof.differences == ()
    assert proof.passed
    assert proof.template == plain.digest
    assert proof.compared >= ORDINARY + 10
    assert proof.as_dict()["passed"] is True


def test_a_line_moved_by_a_hair_fails_the_proof(plain: Template, frozen: Frozen, one_person: None) -> None:
    moved = replace(frozen, slots=tuple(lowered(slot) for slot in frozen.slots))
    proof = prove(plain, moved)
    assert not proof.passed
    assert proof.differences == ("Nguyễn Thị Đẹp: pixels",)


def test_a_changed_word_fails_the_proof(plain: Template, frozen: Frozen, one_person: None) -> None:
    slots = tuple(
        replace(slot, wording="{vai trò}") if slot and slot.key == "standing" else slot for slot in frozen.slots
    )
    assert set(prove(plain, replace(frozen, slots=slots)).differences) == {
        "Nguyễn Thị Đẹp: pixels",
        "Nguyễn Thị Đẹp: text",
    }


def test_a_template_that_covers_nobody_is_not_believed(plain: Template, frozen: Frozen, one_person: None) -> None:
    nobody = replace(frozen, letters={font: {} for font in frozen.letters})
    proof = prove(plain, nobody)
    assert (proof.passed, proof.compared, proof.uncovered) == (False, 0, 1)


def test_a_stored_template_presses_the_same_bytes(plain: Template, frozen: Frozen) -> None:
    again = Frozen.from_bytes(frozen.to_bytes())
    assert bytes(press(plain, facts(), again)) == bytes(press(plain, facts(), frozen))
    assert again.to_bytes() == frozen.to_bytes()


@pytest.mark.parametrize(
    "what", ["weasyprint", "pydyf", "uharfbuzz", "pango-1.0", "harfbuzz", "harfbuzz-subset", "look", "design"]
)
def test_a_template_made_by_others_is_refused(frozen: Frozen, what: str) -> None:
    strange = replace(frozen, made_with={**frozen.made_with, what: "other"})
    with pytest.raises(Stale):
        Frozen.from_bytes(strange.to_bytes())


def test_a_template_says_which_libraries_of_the_system_made_it(frozen: Frozen) -> None:
    told = [frozen.made_with[name] for name in ("pango-1.0", "harfbuzz", "harfbuzz-subset")]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in told)


def test_a_template_from_before_libraries_were_named_presses_the_same_bytes(plain: Template, frozen: Frozen) -> None:
    libraries = ("pango-1.0", "harfbuzz", "harfbuzz-subset")
    older = {name: told for name, told in frozen.made_with.items() if name not in libraries}
    again = Frozen.from_bytes(replace(frozen, made_with=older).to_bytes())
    assert bytes(press(plain, facts(), again)) == bytes(press(plain, facts(), frozen))


@pytest.mark.parametrize("lost", ["edition", "weasyprint", "look"])
def test_a_template_that_does_not_name_its_engine_is_refused(frozen: Frozen, lost: str) -> None:
    silent = {name: told for name, told in frozen.made_with.items() if name != lost}
    with pytest.raises(Stale):
        Frozen.from_bytes(replace(frozen, made_with=silent).to_bytes())


@pytest.mark.parametrize("damaged", [b"", b"\x80", b"nonsense", b"\xff" * 100])
def test_a_damaged_template_is_refused(damaged: bytes) -> None:
    with pytest.raises(Stale):
        Frozen.from_bytes(damaged)


def test_each_size_of_a_ladder_has_its_own_place(frozen: Frozen) -> None:
    name = next(slot for slot in frozen.slots if slot and slot.key == "name")
    assert [type(spot) for spot in name.spots] == [Spot] * 7
    assert len({spot.baseline for spot in name.spots}) == 7
