"""The addresses of certificates: one's own, the officer's, the clerk's, and the page that answers for a paper."""

from flask import Blueprint

from lms.certificates import (
    badge_pages,
    book_pages,
    bundle_pages,
    certificate_pages,
    check_pages,
    ending_pages,
    finding_pages,
    list_pages,
    own_pages,
    share_pages,
    signing_pages,
    template_pages,
)

bp = Blueprint("certificates", __name__)

_OFFICE = "/quan-ly/chung-nhan/"
_LIST = _OFFICE + "danh-sach/<int:list_id>"
_PAPER = _OFFICE + "giay/<int:certificate_id>"
_ENDING = _OFFICE + "cho-duyet/<int:request_id>"
_BOOK = _OFFICE + "so/<int:book_id>"
_TEMPLATE = _OFFICE + "mau/<int:template_id>"
_BUNDLE = _OFFICE + "bo/<int:bundle_id>"
_COMMUNE = _OFFICE + "xa/<code>/"
_BOTH = ["GET", "POST"]
_POST = ["POST"]

# For anybody with a paper in hand, and for machines.
bp.add_url_rule("/v", view_func=check_pages.enter_code)
bp.add_url_rule("/v/<public_id>", view_func=check_pages.check)
bp.add_url_rule("/V/<public_id>", view_func=check_pages.check, endpoint="check_scanned")
bp.add_url_rule("/v/<public_id>", view_func=check_pages.confirm_name, methods=_POST)
bp.add_url_rule("/v/<public_id>/so-tep", view_func=check_pages.compare_file, methods=_BOTH)
bp.add_url_rule("/v/<public_id>/<token>", view_func=check_pages.show_shared)
bp.add_url_rule("/v/<public_id>.json", view_func=badge_pages.check_json)
bp.add_url_rule("/v/<public_id>/<token>.json", view_func=badge_pages.shared_json)
bp.add_url_rule("/status/<int(max=999999):number>", view_func=badge_pages.show_status_list)
bp.add_url_rule("/.well-known/did.json", view_func=badge_pages.show_keys)
bp.add_url_rule("/did.json", view_func=badge_pages.show_keys, endpoint="show_keys_below")

# For the holder.
bp.add_url_rule("/chung-nhan/", view_func=own_pages.mine)
bp.add_url_rule("/chung-nhan/<public_id>.pdf", view_func=own_pages.download_paper)
bp.add_url_rule("/chung-nhan/<public_id>.jpg", view_func=own_pages.download_image)
bp.add_url_rule("/chung-nhan/<public_id>/chia-se", view_func=share_pages.share, methods=_BOTH)
bp.add_url_rule(
    "/chung-nhan/<public_id>/chia-se/<int:link_id>/thu-lai", view_func=share_pages.withdraw_share, methods=_POST
)

# For the officer.
bp.add_url_rule(_OFFICE, view_func=list_pages.index)
bp.add_url_rule(_OFFICE + "tim", view_func=finding_pages.find)
bp.add_url_rule(_OFFICE + "de-nghi/<kind>/<about>", view_func=list_pages.propose, methods=_BOTH)
bp.add_url_rule(_LIST, view_func=list_pages.show_list)
bp.add_url_rule(_LIST + "/duyet", view_func=list_pages.approve_list, methods=_POST)
bp.add_url_rule(_LIST + "/khong-duyet", view_func=list_pages.refuse_list, methods=_POST)
bp.add_url_rule(_LIST + "/rut", view_func=list_pages.take_back_list, methods=_POST)
bp.add_url_rule(_LIST + "/lam-tiep", view_func=list_pages.order_again, methods=_POST)
bp.add_url_rule(_LIST + "/ban-in", view_func=book_pages.print_list, methods=_POST)
bp.add_url_rule(_PAPER, view_func=certificate_pages.show)
bp.add_url_rule(_PAPER + "/thu-hoi", view_func=certificate_pages.ask_revoke, methods=_BOTH)
bp.add_url_rule(_PAPER + "/huy-so", view_func=certificate_pages.ask_void, methods=_BOTH)
bp.add_url_rule(_PAPER + "/cap-lai", view_func=certificate_pages.reissue, methods=_BOTH)
bp.add_url_rule(_PAPER + "/ban-sao", view_func=certificate_pages.note_copy, methods=_BOTH)
bp.add_url_rule(_ENDING, view_func=ending_pages.show_ending)
bp.add_url_rule(_ENDING + "/duyet", view_func=ending_pages.accept_ending, methods=_POST)
bp.add_url_rule(_ENDING + "/khong-duyet", view_func=ending_pages.refuse_ending, methods=_POST)
bp.add_url_rule(_ENDING + "/rut", view_func=ending_pages.take_back_ending, methods=_POST)
bp.add_url_rule(_BOOK, view_func=book_pages.number_book)
bp.add_url_rule(_BOOK + ".xlsx", view_func=book_pages.book_spreadsheet)
bp.add_url_rule(_BOOK + "/pdf", view_func=book_pages.print_book, methods=_POST)

# For the officer and the clerk: many papers in one go.
bp.add_url_rule(_OFFICE + "xa/", view_func=bundle_pages.communes)
bp.add_url_rule(_COMMUNE, view_func=bundle_pages.commune)
bp.add_url_rule(_COMMUNE + "bo", view_func=bundle_pages.order_for_commune, methods=_POST)
bp.add_url_rule(_OFFICE + "bo/", view_func=bundle_pages.bundles)
bp.add_url_rule(_OFFICE + "bo/moi", view_func=bundle_pages.order_for_province, methods=_POST)
bp.add_url_rule(_LIST + "/bo", view_func=bundle_pages.order_for_list, methods=_POST)
bp.add_url_rule(_BUNDLE, view_func=bundle_pages.show_bundle)
bp.add_url_rule(_BUNDLE + "/<name>", view_func=bundle_pages.take_part)
bp.add_url_rule(_BUNDLE + "/lam-tiep", view_func=bundle_pages.go_on_with_bundle, methods=_POST)
bp.add_url_rule(_BUNDLE + "/xoa", view_func=bundle_pages.delete_bundle, methods=_POST)

# For the officer: how the papers look, and papers signed elsewhere.
bp.add_url_rule(_OFFICE + "mau/", view_func=template_pages.template_kinds)
bp.add_url_rule(_OFFICE + "mau/<kind>/soan", view_func=template_pages.begin_template, methods=_POST)
bp.add_url_rule(_TEMPLATE, view_func=template_pages.edit_template, methods=_BOTH)
bp.add_url_rule(_TEMPLATE + "/xem-thu", view_func=template_pages.preview_template, methods=_POST)
bp.add_url_rule(_TEMPLATE + "/ban-hanh", view_func=template_pages.publish_template, methods=_POST)
bp.add_url_rule(_TEMPLATE + "/bo-nhap", view_func=template_pages.drop_template, methods=_POST)
bp.add_url_rule(_TEMPLATE + "/anh/<name>", view_func=template_pages.set_picture, methods=_POST)
bp.add_url_rule(_LIST + "/ky", view_func=signing_pages.sign_elsewhere, methods=_BOTH)
bp.add_url_rule(_LIST + "/ky/phan-<int:part>.zip", view_func=signing_pages.pack_for_signing)
bp.add_url_rule(_LIST + "/ky/ket-qua/<int:job_id>", view_func=signing_pages.signed_result)
