"""The addresses of training: the team's page, the commune's, the department's, the trainer's."""

from flask import Blueprint

from lms.training import (
    answer_pages,
    board_pages,
    change_pages,
    check_in_pages,
    class_pages,
    commune_pages,
    decision_pages,
    door_pages,
    message_pages,
    need_pages,
    office_pages,
    offline_pages,
    room_pages,
    seat_pages,
    sheet_pages,
    team_pages,
)

bp = Blueprint("training", __name__)

_SEAT = "/tap-huan/cho/<int:seat_id>/"
_STAFF = "/quan-ly/tap-huan/"
_CALL = _STAFF + "dot/<int:call_id>/"
_PLAN = _CALL + "ke-hoach/"
_CLASS = _STAFF + "lop/<int:class_id>/"
_DECISION = _STAFF + "cho-duyet/<int:decision_id>/"
_NEED = _STAFF + "nhu-cau/<int:need_id>/"
_OWN_NEED = "/tap-huan/nhu-cau/<int:need_id>/"
_HELD = "/quan-ly/diem-danh/<int:class_id>/<int:number>/"
_ROOM = "/tap-huan/diem-danh/<int:session_id>/"
_BOTH = ["GET", "POST"]
_POST = ["POST"]

bp.add_url_rule("/tap-huan/", view_func=team_pages.index)
bp.add_url_rule("/tap-huan/dot/<int:call_id>/to/<int:team_id>/", view_func=team_pages.register, methods=_BOTH)
bp.add_url_rule(_OWN_NEED, view_func=need_pages.show_need)
bp.add_url_rule(_OWN_NEED + "rut", view_func=team_pages.withdraw, methods=_POST)
bp.add_url_rule(_OWN_NEED + "gui", view_func=need_pages.submit, methods=_POST)
bp.add_url_rule(_OWN_NEED + "ky", view_func=need_pages.sign, methods=_POST)
bp.add_url_rule(_OWN_NEED + "khong-dong-y", view_func=need_pages.object_to, methods=_POST)
bp.add_url_rule("/tap-huan/de-xuat/<int:proposal_id>/", view_func=need_pages.answer_proposal, methods=_POST)
bp.add_url_rule("/tap-huan/to/<int:team_id>/uy-quyen", view_func=need_pages.delegation, methods=_BOTH)
bp.add_url_rule("/tap-huan/uy-quyen/<int:delegation_id>/thoi", view_func=need_pages.end_delegation, methods=_POST)
bp.add_url_rule("/tap-huan/dot/<int:call_id>/cach-xep", view_func=need_pages.explain_order)
bp.add_url_rule("/tap-huan/lop/<int:class_id>/to/<int:team_id>/", view_func=seat_pages.request_seat, methods=_BOTH)
bp.add_url_rule(_SEAT, view_func=seat_pages.show_seat)
bp.add_url_rule("/tap-huan/to/<int:team_id>/cho", view_func=seat_pages.team_seats)
bp.add_url_rule(_SEAT + "goi-dien", view_func=seat_pages.fill, methods=_BOTH)
bp.add_url_rule(_SEAT + "hoc-bu", view_func=seat_pages.make_up, methods=_BOTH)
bp.add_url_rule("/tap-huan/tra-loi/<token>", view_func=answer_pages.answer, methods=_BOTH)
bp.add_url_rule(_SEAT + "xac-nhan", view_func=seat_pages.confirm, methods=_POST)
bp.add_url_rule(_SEAT + "khong-du", view_func=seat_pages.decline, methods=_POST)
bp.add_url_rule(_SEAT + "huy", view_func=seat_pages.cancel, methods=_BOTH)
bp.add_url_rule(_SEAT + "thay", view_func=seat_pages.substitute, methods=_BOTH)

bp.add_url_rule(_STAFF + "xa/", view_func=commune_pages.commune)
bp.add_url_rule(_STAFF + "xa/goi-dien", view_func=commune_pages.call_list)
bp.add_url_rule(_STAFF + "xa/in-goi-dien", view_func=message_pages.print_call_list, methods=_POST)
bp.add_url_rule(_STAFF + "xa/tin-nhan", view_func=message_pages.commune_messages)
bp.add_url_rule(_CLASS + "tin-nhan", view_func=message_pages.class_messages)
bp.add_url_rule(_SEAT + "lich.ics", view_func=message_pages.seat_calendar)
bp.add_url_rule(_STAFF + "xa/dot/<int:call_id>/", view_func=commune_pages.choose_team)
bp.add_url_rule(_STAFF + "xa/xac-nhan", view_func=commune_pages.confirm_needs, methods=_POST)
bp.add_url_rule(_NEED + "xac-nhan", view_func=commune_pages.confirm_need, methods=_POST)
bp.add_url_rule(_NEED + "tra-loi", view_func=commune_pages.answer_need, methods=_BOTH)

bp.add_url_rule(_STAFF, view_func=office_pages.manage)
bp.add_url_rule(_STAFF + "dot-moi", view_func=office_pages.new_call, methods=_BOTH)
bp.add_url_rule(_CALL, view_func=office_pages.show_call)
bp.add_url_rule(_CALL + "sua", view_func=office_pages.edit_call, methods=_BOTH)
bp.add_url_rule(_CALL + "mo", view_func=office_pages.publish_call, methods=_POST)
bp.add_url_rule(_CALL + "gia-han", view_func=office_pages.extend_call, methods=_POST)
bp.add_url_rule(_CALL + "dong", view_func=office_pages.close_call, methods=_POST)
bp.add_url_rule(_CALL + "da-lap-lop", view_func=office_pages.mark_planned, methods=_POST)
bp.add_url_rule(_CALL + "khep-lai", view_func=office_pages.archive_call, methods=_POST)
bp.add_url_rule(_CALL + "xa", view_func=office_pages.communes, methods=_BOTH)
bp.add_url_rule(_PLAN, view_func=board_pages.board)
bp.add_url_rule(_PLAN + "de-xuat", view_func=board_pages.propose, methods=_POST)
bp.add_url_rule(_PLAN + "them-lop", view_func=board_pages.add_planned, methods=_POST)
bp.add_url_rule(_PLAN + "bo", view_func=board_pages.discard_plan, methods=_POST)
bp.add_url_rule(_PLAN + "cong-bo", view_func=board_pages.publish_plan, methods=_POST)
bp.add_url_rule(_PLAN + "mo-lai", view_func=board_pages.reopen_plan, methods=_POST)
bp.add_url_rule(_PLAN + "chua-xep/", view_func=board_pages.left_out)
bp.add_url_rule(_PLAN + "lop/<int:number>/", view_func=board_pages.planned, methods=_BOTH)
bp.add_url_rule(_PLAN + "lop/<int:number>/chuyen", view_func=board_pages.move_needs, methods=_POST)
bp.add_url_rule(_PLAN + "lop/<int:number>/bo", view_func=board_pages.drop_planned, methods=_POST)
bp.add_url_rule(_CLASS + "xep-cho/", view_func=board_pages.show_run)
bp.add_url_rule(_CLASS + "xep-cho/tep", view_func=board_pages.run_file)
bp.add_url_rule(_CALL + "lop-moi", view_func=class_pages.new_class, methods=_BOTH)
bp.add_url_rule(_CLASS, view_func=class_pages.show_class)
bp.add_url_rule(_CLASS + "xep", view_func=class_pages.group, methods=_BOTH)
bp.add_url_rule(_CLASS + "cong-bo", view_func=class_pages.publish, methods=_POST)
bp.add_url_rule(_CLASS + "so-cho", view_func=change_pages.capacity, methods=_BOTH)
bp.add_url_rule(_CLASS + "so-cho/rut", view_func=change_pages.cut, methods=_BOTH)
bp.add_url_rule(_CLASS + "chot-danh-sach", view_func=class_pages.close_roster, methods=_POST)
bp.add_url_rule(_CLASS + "huy", view_func=change_pages.cancel_class, methods=_BOTH)
bp.add_url_rule(_CLASS + "hoan", view_func=change_pages.postpone, methods=_BOTH)
bp.add_url_rule(_CLASS + "ngay-hoc", view_func=change_pages.new_dates, methods=_BOTH)
bp.add_url_rule(_CLASS + "giang-vien", view_func=change_pages.teaching, methods=_BOTH)
bp.add_url_rule(_CLASS + "gop", view_func=change_pages.merge, methods=_BOTH)
bp.add_url_rule(_CLASS + "dong-diem-danh", view_func=class_pages.close_attendance, methods=_BOTH)
bp.add_url_rule(_CLASS + "chot-ket-qua", view_func=class_pages.finalise, methods=_BOTH)
bp.add_url_rule(_STAFF + "cho/<int:seat_id>/chuyen", view_func=change_pages.move_seat, methods=_BOTH)
bp.add_url_rule(_STAFF + "cho/<int:seat_id>/sua-ket-qua", view_func=change_pages.correct, methods=_BOTH)
bp.add_url_rule(_STAFF + "cho-duyet/", view_func=decision_pages.decisions)
bp.add_url_rule(_DECISION, view_func=decision_pages.show_decision)
bp.add_url_rule(_DECISION + "duyet", view_func=decision_pages.accept, methods=_POST)
bp.add_url_rule(_DECISION + "khong-duyet", view_func=decision_pages.refuse, methods=_POST)
bp.add_url_rule(_DECISION + "rut-lai", view_func=decision_pages.take_back, methods=_POST)
bp.add_url_rule(_CLASS + "in-danh-sach", view_func=class_pages.print_list, methods=_POST)

bp.add_url_rule("/quan-ly/diem-danh/", view_func=sheet_pages.my_classes)
bp.add_url_rule(_HELD, view_func=sheet_pages.check_in)
bp.add_url_rule(_HELD + "danh-sach", view_func=sheet_pages.mark, methods=_BOTH)
bp.add_url_rule(_HELD + "nguoi/<int:seat_id>", view_func=sheet_pages.evidence, methods=_BOTH)
bp.add_url_rule(_HELD + "in", view_func=sheet_pages.print_sheet, methods=_POST)
bp.add_url_rule(_HELD + "den-thang", view_func=door_pages.walk_in, methods=_BOTH)
bp.add_url_rule(_HELD + "chua-den", view_func=door_pages.away, methods=_BOTH)
bp.add_url_rule(_HELD + "chua-den/da-den", view_func=door_pages.come_back, methods=_POST)
bp.add_url_rule(_HELD + "quet", view_func=check_in_pages.scan, methods=_BOTH)
bp.add_url_rule(_HELD + "ma-phong", view_func=room_pages.show_room_code)
bp.add_url_rule(_HELD + "ma-phong/xac-nhan", view_func=room_pages.confirm_room, methods=_POST)
bp.add_url_rule(_HELD + "ngoai-mang/", view_func=offline_pages.offline)
bp.add_url_rule(_HELD + "ngoai-mang/may-phu.js", view_func=offline_pages.offline_worker)
bp.add_url_rule(_HELD + "ngoai-mang/danh-sach", view_func=offline_pages.offline_roster)
bp.add_url_rule(_HELD + "ngoai-mang/gui", view_func=offline_pages.receive_offline, methods=_POST)
bp.add_url_rule(_ROOM, view_func=room_pages.room_check_in, methods=_BOTH)
bp.add_url_rule(_ROOM + "<code>", view_func=room_pages.room_check_in, methods=_BOTH)
