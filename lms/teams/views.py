"""The addresses of teams: a commune's teams and members, and rosters in and out."""

from flask import Blueprint

from lms.teams import roster_pages, team_pages

bp = Blueprint("teams", __name__)

_TEAM = "/quan-ly/to/<int:team_id>"
_MEMBER = "/quan-ly/thanh-vien/<int:membership_id>"
_ROSTER = "/quan-ly/danh-sach/"
_IMPORT = "/quan-ly/danh-sach/<int:import_id>"

bp.add_url_rule("/quan-ly/to/", view_func=team_pages.index)
bp.add_url_rule(_TEAM, view_func=team_pages.show)
bp.add_url_rule(f"{_TEAM}/so-dien-thoai", view_func=team_pages.show_phones, methods=["POST"])
bp.add_url_rule(f"{_TEAM}/sua", view_func=team_pages.edit, methods=["GET", "POST"])
bp.add_url_rule(f"{_TEAM}/gop", view_func=team_pages.merge, methods=["POST"])
bp.add_url_rule(_MEMBER, view_func=team_pages.edit_member, methods=["GET", "POST"])
bp.add_url_rule(f"{_MEMBER}/chuyen-to", view_func=team_pages.move_member, methods=["POST"])
bp.add_url_rule(f"{_MEMBER}/roi-to", view_func=team_pages.end_membership, methods=["POST"])

bp.add_url_rule(_ROSTER, view_func=roster_pages.imports)
bp.add_url_rule(f"{_ROSTER}tai-len", view_func=roster_pages.new_import, methods=["GET", "POST"])
bp.add_url_rule(f"{_ROSTER}xuat/<code>", view_func=roster_pages.export, methods=["POST"])
bp.add_url_rule(_IMPORT, view_func=roster_pages.show_import)
bp.add_url_rule(f"{_IMPORT}/ghi", view_func=roster_pages.confirm_import, methods=["POST"])
bp.add_url_rule(f"{_IMPORT}/bo", view_func=roster_pages.discard_import, methods=["POST"])
bp.add_url_rule(f"{_IMPORT}/doc-lai", view_func=roster_pages.read_import_again, methods=["POST"])
