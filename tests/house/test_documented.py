"""What the README says is what there is."""

import re
from pathlib import Path

from lms import signals
from lms.cli import lms
from lms.rooms import ROOMS
from lms.settings import SETTINGS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown(value):
    return {"": "—", False: "0", True: "1"}.get(value, str(value))


def test_every_setting_stands_in_the_readme_with_its_default_and_meaning():
    documented = set(re.findall(r"^\| `(LMS_\w+)` \|", README, re.M))

    assert documented == {s.name for s in SETTINGS}
    for setting in SETTINGS:
        assert f"| `{setting.name}` | {shown(setting.default)} | {setting.meaning} |" in README


def test_every_signal_stands_in_the_readme():
    ours = {name: signal.__doc__ for name, signal in vars(signals).items() if hasattr(signal, "receivers")}

    assert ours
    for name, facts in ours.items():
        assert f"| `{name}` | {facts} |" in README


def test_every_command_stands_in_the_readme():
    for name, command in lms.commands.items():
        words = [f"{name} {sub}" for sub in command.commands] if hasattr(command, "commands") else [name]
        for word in words:
            assert f"`{word}" in README, word


def test_every_room_stands_in_the_readme_and_says_what_it_is_for():
    for room in ROOMS:
        assert f"`{room.name}`" in README
        assert (ROOT / "lms" / room.name / "__init__.py").read_text(encoding="utf-8").startswith('"""')


def test_every_command_has_a_vietnamese_help():
    for command in lms.commands.values():
        for one in [command, *getattr(command, "commands", {}).values()]:
            assert one.help, one.name
