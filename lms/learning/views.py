"""The addresses of learning: reading lessons, taking tests, the team."""

from flask import Blueprint

from lms.learning import exam_pages, lesson_pages, team_pages

bp = Blueprint("learning", __name__)

_COURSE = "/khoa-hoc/<course>/"
_LESSON = "/khoa-hoc/<course>/<lesson>/"
_TEST = "/khoa-hoc/<course>/<lesson>/kiem-tra/"

bp.add_url_rule("/hoc/", view_func=lesson_pages.home)
bp.add_url_rule(_COURSE, view_func=lesson_pages.show_course)
bp.add_url_rule(_LESSON, view_func=lesson_pages.show_lesson)
bp.add_url_rule(_LESSON + "luyen-tap/", view_func=lesson_pages.practise)
bp.add_url_rule(_LESSON + "huong-dan-lai/", view_func=lesson_pages.teach_back)
bp.add_url_rule(_LESSON + "phieu/", view_func=lesson_pages.sheet)

bp.add_url_rule(_TEST, view_func=exam_pages.show_test)
bp.add_url_rule(_TEST + "bat-dau", view_func=exam_pages.start_test, methods=["POST"])
bp.add_url_rule(_TEST + "luu", view_func=exam_pages.save_and_go_on, methods=["POST"])
bp.add_url_rule(_TEST + "tra-loi", view_func=exam_pages.autosave, methods=["POST"])
bp.add_url_rule(_TEST + "nop", view_func=exam_pages.submit_test, methods=["POST"])
bp.add_url_rule(_TEST + "ket-qua/<attempt_id>", view_func=exam_pages.show_result)

bp.add_url_rule("/to/", view_func=team_pages.my_team)
