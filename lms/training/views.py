"""The addresses of training: the team's page, the commune's, the department's, the trainer's."""

from flask import Blueprint

from lms.training import commune_pages, office_pages, sheet_pages, team_pages

bp = Blueprint("training", __name__)

_SEAT = "/tap-huan/cho/<int:seat_id>/"
_STAFF = "/quan-ly/tap-huan/"
_CALL = _STAFF + "dot/<int:call_id>/"
_CLASS = _STAFF + "lop/<int:class_id>/"
_NEED = _STAFF + "nhu-cau/<int:need_id>/"
_BOTH = ["GET", "POST"]
_POST = ["POST"]

bp.add_url_rule("/tap-huan/", view_func=team_pages.index)
bp.add_url_rule("/tap-huan/dot/<int:call_id>/to/<int:team_id>/", view_func=team_pages.register, methods=_BOTH)
bp.add_url_rule("/tap-huan/nhu-cau/<int:need_id>/rut", view_func=team_pages.withdraw, methods=_POST)
bp.add_url_rule("/tap-huan/lop/<int:class_id>/to/<int:team_id>/", view_func=team_pages.request_seat, methods=_BOTH)
bp.add_url_rule(_SEAT + "xac-nhan", view_func=team_pages.confirm, methods=_POST)
bp.add_url_rule(_SEAT + "khong-du", view_func=team_pages.decline, methods=_POST)
bp.add_url_rule(_SEAT + "huy", view_func=team_pages.cancel, methods=_BOTH)
bp.add_url_rule(_SEAT + "thay", view_func=team_pages.substitute, methods=_BOTH)

bp.add_url_rule(_STAFF + "xa/", view_func=commune_pages.commune)
bp.add_url_rule(_STAFF + "xa/goi-dien", view_func=commune_pages.call_list)
bp.add_url_rule(_STAFF + "xa/dot/<int:call_id>/", view_func=commune_pages.choose_team)
bp.add_url_rule(_NEED + "xac-nhan", view_func=commune_pages.confirm_need, methods=_POST)
bp.add_url_rule(_NEED + "tra-loi", view_func=commune_pages.answer_need, methods=_BOTH)

bp.add_url_rule(_STAFF, view_func=office_pages.manage)
bp.add_url_rule(_STAFF + "dot-moi", view_func=office_pages.new_call, methods=_BOTH)
bp.add_url_rule(_CALL, view_func=office_pages.show_call)
bp.add_url_rule(_CALL + "gia-han", view_func=office_pages.extend_call, methods=_POST)
bp.add_url_rule(_CALL + "lop-moi", view_func=office_pages.new_class, methods=_BOTH)
bp.add_url_rule(_CLASS, view_func=office_pages.show_class)
bp.add_url_rule(_CLASS + "xep", view_func=office_pages.group, methods=_BOTH)
bp.add_url_rule(_CLASS + "cong-bo", view_func=office_pages.publish, methods=_POST)
bp.add_url_rule(_CLASS + "so-cho", view_func=office_pages.capacity, methods=_POST)
bp.add_url_rule(_CLASS + "chot-danh-sach", view_func=office_pages.close_roster, methods=_POST)
bp.add_url_rule(_CLASS + "huy", view_func=office_pages.cancel_class, methods=_POST)
bp.add_url_rule(_CLASS + "chot-ket-qua", view_func=office_pages.finalise, methods=_POST)
bp.add_url_rule(_CLASS + "in-danh-sach", view_func=office_pages.print_list, methods=_POST)

bp.add_url_rule("/quan-ly/diem-danh/", view_func=sheet_pages.my_classes)
bp.add_url_rule("/quan-ly/diem-danh/<int:class_id>/<int:number>/", view_func=sheet_pages.mark, methods=_BOTH)
