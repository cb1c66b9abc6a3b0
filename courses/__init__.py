"""The syllabus: what is taught, how it is tested, and what "complete" means.

Framework-free on purpose: an author can check a course without a database
(`python -m courses content/`), and an auditor can read the rules alone. A course is a
package of files (`SourceFiles`: path → bytes); everything else is made from them.
"""

from courses.authoring import (
    LessonPart,
    as_cards,
    drop_lesson,
    files_from_parts,
    lesson_part,
    put_lesson,
    split_upload,
)
from courses.checking import Report, check_path, check_paths
from courses.course import (
    Card,
    FactBox,
    Framework,
    FrameworkSkill,
    Lesson,
    Media,
    Package,
    Programme,
    Rule,
    Skill,
    TestPlan,
    Variable,
)
from courses.data import check_from_data, lesson_from_data, lesson_to_data, package_from_data, package_to_data
from courses.fact_bank import read_folder
from courses.faults import Fault, PackageFaults
from courses.frameworks import SkillCatalogue, load_skills
from courses.grading import (
    Answer,
    PaperResult,
    Verdict,
    grade,
    grade_paper,
    is_answered,
    read_answer,
)
from courses.loading import RESERVED, check_files, examine, load_files, load_folder
from courses.packing import SourceFiles, digest, read_zip, write_zip
from courses.papers import Paper, PaperItem, draw_paper, shown_order
from courses.question import CheckQuestion, Option, Pair, Question, Screen, ShownChoice, ShownItem
from courses.rendering import render, stored_html
from courses.requirements import Missing, explain, explain_missing, is_complete, missing

__all__ = [
    "RESERVED",
    "Answer",
    "Card",
    "CheckQuestion",
    "FactBox",
    "Fault",
    "Framework",
    "FrameworkSkill",
    "Lesson",
    "LessonPart",
    "Media",
    "Missing",
    "Option",
    "Package",
    "PackageFaults",
    "Pair",
    "Paper",
    "PaperItem",
    "PaperResult",
    "Programme",
    "Question",
    "Report",
    "Rule",
    "Screen",
    "ShownChoice",
    "ShownItem",
    "Skill",
    "SkillCatalogue",
    "SourceFiles",
    "TestPlan",
    "Variable",
    "Verdict",
    "as_cards",
    "check_files",
    "check_from_data",
    "check_path",
    "check_paths",
    "digest",
    "draw_paper",
    "drop_lesson",
    "examine",
    "explain",
    "explain_missing",
    "files_from_parts",
    "grade",
    "grade_paper",
    "is_answered",
    "is_complete",
    "lesson_from_data",
    "lesson_part",
    "lesson_to_data",
    "load_files",
    "load_folder",
    "load_skills",
    "missing",
    "package_from_data",
    "package_to_data",
    "put_lesson",
    "read_answer",
    "read_folder",
    "read_zip",
    "render",
    "shown_order",
    "split_upload",
    "stored_html",
    "write_zip",
]
