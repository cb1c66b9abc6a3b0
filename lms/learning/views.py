"""The addresses of learning: reading lessons, taking tests, the team."""

from flask import Blueprint

from lms.learning import check_pages, course_pages, exam_pages, lesson_pages, print_pages, room_pages, team_pages

bp = Blueprint("learning", __name__)

_COURSE = "/khoa-hoc/<course>/"
_LESSON = "/khoa-hoc/<course>/<lesson>/"
_TEST = "/khoa-hoc/<course>/<lesson>/kiem-tra/"

bp.add_url_rule("/hoc/", view_func=lesson_pages.home)
bp.add_url_rule(_COURSE, view_func=course_pages.show_course)
bp.add_url_rule(_COURSE + "can-cu/", view_func=course_pages.facts)
bp.add_url_rule(_COURSE + "tuyen-truyen/", view_func=course_pages.outreach)
bp.add_url_rule(_COURSE + "thu-suc/", view_func=check_pages.skill_check, methods=["GET", "POST"])
bp.add_url_rule(_LESSON, view_func=lesson_pages.show_lesson)
bp.add_url_rule(_LESSON + "luyen-tap/", view_func=lesson_pages.practise)
bp.add_url_rule(_LESSON + "huong-dan-lai/", view_func=lesson_pages.teach_back)
bp.add_url_rule(_LESSON + "phieu/", view_func=lesson_pages.sheet)
bp.add_url_rule(_LESSON + "phieu.pdf", view_func=print_pages.sheet_paper)
bp.add_url_rule(_COURSE + "sach.pdf", view_func=print_pages.booklet_paper)

bp.add_url_rule(_TEST, view_func=exam_pages.show_test)
bp.add_url_rule(_TEST + "bat-dau", view_func=exam_pages.start_test, methods=["POST"])
bp.add_url_rule(_TEST + "luu", view_func=exam_pages.save_and_go_on, methods=["POST"])
bp.add_url_rule(_TEST + "tra-loi", view_func=exam_pages.autosave, methods=["POST"])
bp.add_url_rule(_TEST + "nop", view_func=exam_pages.submit_test, methods=["POST"])
bp.add_url_rule(_TEST + "ket-qua/<attempt_id>", view_func=exam_pages.show_result)

bp.add_url_rule("/to/", view_func=team_pages.my_team)

_CREDITS = "/quan-ly/lop-hoc/"
bp.add_url_rule(_LESSON + "chieu/", view_func=room_pages.show_to_room)
bp.add_url_rule(_LESSON + "lop/", view_func=room_pages.credit_class, methods=["GET", "POST"])
bp.add_url_rule(_CREDITS, view_func=room_pages.my_credits)
bp.add_url_rule(_CREDITS + "<int:credit_id>/", view_func=room_pages.show_credit)
bp.add_url_rule(_CREDITS + "<int:credit_id>/bo", view_func=room_pages.undo_credit, methods=["POST"])
