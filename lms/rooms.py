"""The rooms of the school in their order, the work each does in the background, and the menu.

Everything is listed by name: nothing is found by scanning folders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from flask import Blueprint

from lms.access import Actor, may_enter
from lms.areas.views import bp as areas
from lms.files.views import bp as files
from lms.journal.jobs import Handler
from lms.journal.views import bp as journal
from lms.people.views import bp as people


@dataclass(frozen=True)
class Room:
    """One noun of the campaign: its folder, and its pages if it has any."""

    name: str
    blueprint: Blueprint | None


ROOMS = (
    Room("journal", journal),
    Room("files", files),
    Room("areas", areas),
    Room("people", people),
)

HANDLERS: Mapping[str, Handler] = {}

COMMANDS: Mapping[str, click.Group] = {}

SETTLERS: tuple[Callable[[Any, Mapping[str, set[Any]]], None], ...] = ()

_MENU = (
    ("Bài học", "lms.learning.home"),
)


def menu(actor: Actor | None) -> list[tuple[str, str]]:
    """Return label and endpoint of what this person uses."""
    return [(label, endpoint) for label, endpoint in _MENU if may_enter(endpoint, actor)]


def prepare_content() -> list[str]:
    """Load the frameworks and publish the built-in courses; return what to tell the operator."""
    return []
