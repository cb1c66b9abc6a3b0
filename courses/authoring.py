"""Make source files from parts: how a trainer's upload becomes a course like any other.

Everything here gives `SourceFiles` and checks nothing; `loading.load_files` does that, with
the same rules for a trainer's lesson as for one that came with the project.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

from courses.cards import is_heading, split_lesson
from courses.documents import plain_yaml
from courses.packing import SourceFiles

TEACH_TITLE = "Hướng dẫn lại cho người khác"
SHEET_TITLE = "Phiếu các bước"


@dataclass(frozen=True)
class LessonPart:
    """A lesson as a form knows it: front matter, Markdown of the cards, questions.

    `front`, `practice` and `bank` use the names of the course-package format.
    """

    slug: str
    front: Mapping[str, Any]
    body: str
    bank: Sequence[Mapping[str, Any]]
    practice: Sequence[Mapping[str, Any]] = ()
    media: Mapping[str, bytes] = field(default_factory=dict)


def files_from_parts(
    course: Mapping[str, Any], lessons: Sequence[LessonPart], media: Mapping[str, bytes]
) -> SourceFiles:
    """Return the source files of a new course; lessons are numbered as they come.

    Without a `rule` in `course`, all lessons are required.
    """
    rule = {"required": [lesson.slug for lesson in lessons]}
    meta = {"format": 1, "rule": rule, **course}
    files = {"course.yml": _yaml(meta)}
    files.update({f"media/{name}": data for name, data in media.items()})
    for number, lesson in enumerate(lessons, start=1):
        files.update(_lesson_files(number, lesson))
    return files


def put_lesson(files: Mapping[str, bytes], lesson: LessonPart, *, required: bool = True) -> SourceFiles:
    """Return the next version's files: the lesson replaced, or added as the last one.

    A replaced lesson keeps its number and its place in the rule. A new one joins the
    required lessons unless told otherwise. Pictures that no lesson shows any more go.
    """
    number = _number_of(files, lesson.slug)
    if number is None:
        number = _last_number(files) + 1
        made = _with_rule(files, add=lesson.slug if required else None)
    else:
        made = dict(files)
    made.update(_lesson_files(number, lesson))
    return _without_unused_media(made)


def drop_lesson(files: Mapping[str, bytes], slug: str) -> SourceFiles:
    """Return the next version's files without a lesson, in the rule neither."""
    number = _number_of(files, slug)
    if number is None:
        return dict(files)
    made = _with_rule(files, drop=slug)
    made.pop(f"lessons/{number:02d}-{slug}.md", None)
    made.pop(f"questions/{number:02d}-{slug}.yml", None)
    return _without_unused_media(made)


def lesson_part(files: Mapping[str, bytes], slug: str) -> LessonPart | None:
    """Return a lesson of existing files as parts, so that a form can edit it.

    Only for files that have loaded without faults.
    """
    number = _number_of(files, slug)
    if number is None:
        return None
    front, body = split_upload(files[f"lessons/{number:02d}-{slug}.md"].decode("utf-8-sig"))
    questions = _table(files[f"questions/{number:02d}-{slug}.yml"].decode("utf-8-sig"))
    return LessonPart(
        slug,
        front,
        body,
        tuple(questions.get("bank") or ()),
        tuple(questions.get("practice") or ()),
    )


def split_upload(text: str) -> tuple[dict[str, Any], str]:
    """Part an uploaded Markdown text into its front matter (if readable) and its cards."""
    front, body = split_lesson(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    return (_table(front.text) if front else {}), body.text.strip() + "\n"


def as_cards(text: str, title: str) -> str:
    """Return any Markdown as cards, so that a plain document can become a lesson.

    Its highest headings begin the cards; text before the first becomes a card under
    `title`. If there is no card for teaching others or no printable sheet, one is made
    from the cards' titles, for the author to better.
    """
    _, body = split_upload(unicodedata.normalize("NFC", text))
    lines = _without_empty_cards(_lifted(body.split("\n")))
    first = next((index for index, line in enumerate(lines) if is_heading(line)), len(lines))
    if any(line.strip() for line in lines[:first]):
        lines.insert(0, f"## {title}")
    return _with_closing_cards("\n".join(lines).strip())


def _lesson_files(number: int, lesson: LessonPart) -> SourceFiles:
    stem = f"{number:02d}-{lesson.slug}"
    body = unicodedata.normalize("NFC", lesson.body).strip()
    questions: dict[str, Any] = {"practice": list(lesson.practice)} if lesson.practice else {}
    questions["bank"] = list(lesson.bank)
    front = _yaml(lesson.front)
    return {
        f"lessons/{stem}.md": b"---\n" + front + b"---\n" + body.encode() + b"\n",
        f"questions/{stem}.yml": _yaml(questions),
        **{f"media/{name}": data for name, data in lesson.media.items()},
    }


def _yaml(value: Mapping[str, Any]) -> bytes:
    text = yaml.dump(_plain(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return unicodedata.normalize("NFC", text).encode()


class _Dumper(yaml.SafeDumper):
    """The safe dumper without anchors: our reader refuses them."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, str) else value


def _table(text: str) -> dict[str, Any]:
    found = plain_yaml(text)
    return found if isinstance(found, dict) else {}


def _without_unused_media(files: SourceFiles) -> SourceFiles:
    """Drop pictures that no card, question or check names; a question names its screen without the folder."""
    texts = b"\n".join(data for path, data in files.items() if path.endswith((".md", ".yml")))
    return {
        path: data
        for path, data in files.items()
        if not path.startswith("media/") or path.removeprefix("media/").encode() in texts
    }


def _stems(files: Iterable[str]) -> list[str]:
    return [PurePosixPath(path).stem for path in files if path.startswith("lessons/")]


def _number_of(files: Iterable[str], slug: str) -> int | None:
    found = (stem.partition("-") for stem in _stems(files))
    return next((int(number) for number, _, name in found if name == slug), None)


def _last_number(files: Iterable[str]) -> int:
    return max((int(stem.partition("-")[0]) for stem in _stems(files)), default=0)


def _with_rule(files: Mapping[str, bytes], *, add: str | None = None, drop: str | None = None) -> SourceFiles:
    meta = _table(files["course.yml"].decode("utf-8-sig"))
    rule = meta["rule"]
    for name in ("required", "elective"):
        rule[name] = [slug for slug in rule.get(name) or () if slug != drop]
    if add and add not in rule["required"] + rule["elective"]:
        rule["required"].append(add)
    if "elective_at_least" in rule:
        rule["elective_at_least"] = min(rule["elective_at_least"], len(rule["elective"]))
    return {**files, "course.yml": _yaml(meta)}


def _lifted(lines: list[str]) -> list[str]:
    levels = [len(line.partition(" ")[0]) for line in lines if _is_any_heading(line)]
    if len(levels) > 1 and levels[0] < min(levels[1:]):
        # One heading above all others is the document's title, not a card's.
        levels = levels[1:]
    shift = min(levels, default=2) - 2
    return [_shifted(line, shift) if _is_any_heading(line) else line for line in lines]


def _without_empty_cards(lines: list[str]) -> list[str]:
    kept: list[str] = []
    after = "##"
    for line in reversed(lines):
        if not is_heading(line) or not is_heading(after):
            kept.append(line)
            after = line if line.strip() else after
    return kept[::-1]


def _is_any_heading(line: str) -> bool:
    marks, space, _ = line.partition(" ")
    return bool(space) and 0 < len(marks) <= 6 and set(marks) == {"#"}


def _shifted(line: str, shift: int) -> str:
    marks, _, text = line.partition(" ")
    return f"{'#' * max(2, min(6, len(marks) - shift))} {text.strip()}"


def _with_closing_cards(body: str) -> str:
    titles = [line[2:].strip() for line in body.split("\n") if is_heading(line)]
    steps = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, start=1))
    if "{: .teach}" not in body:
        body += (
            f"\n\n## {TEACH_TITLE}\n{{: .teach}}\n"
            "1. Làm mẫu một lần, nói chậm từng bước.\n"
            "2. Để bà con tự làm trên máy của mình.\n"
            "3. Hỏi lại: “Bác làm bước nào trước?”\n"
        )
    if "{: .sheet}" not in body:
        body += f"\n\n## {SHEET_TITLE}\n{{: .sheet}}\n{steps}\n"
    return body.strip() + "\n"
