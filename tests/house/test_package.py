"""What is installed is everything that is needed: every package is named, and the data goes with it."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_is_named_in_setup_cfg():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    named = set(config["options"]["packages"].split())

    folders = {
        str(file.parent.relative_to(ROOT)).replace("/", ".")
        for base in ("lms", "courses")
        for file in (ROOT / base).rglob("__init__.py")
    }

    assert named == folders | {"lms.migrations", "lms.migrations.versions", "lms.content"}


def test_every_requirement_has_a_lower_bound_and_every_lock_a_hash():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = config["options"]["install_requires"] + "".join(config["options.extras_require"].values())

    for line in filter(None, map(str.strip, wanted.splitlines())):
        assert ">=" in line, line
    for lock in (ROOT / "deploy").glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text
