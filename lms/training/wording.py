"""How states, marks and half-days are said to people: one wording for pages, notices and papers."""

from datetime import date

from lms.clock import vn_day

STATE_WORDS = {
    "need": {
        "submitted": "đã gửi",
        "confirmed": "xã đã xác nhận",
        "returned": "trả lại để sửa",
        "grouped": "đã xếp lớp",
        "partly_met": "được một phần",
        "met": "đã có đủ chỗ",
        "unmet_carried": "chuyển đợt sau",
        "withdrawn": "đã rút",
        "rejected": "không duyệt",
        "closed": "đã xong",
    },
    "class": {
        "planned": "đang chuẩn bị",
        "published": "đã công bố",
        "roster_locked": "đã chốt danh sách",
        "running": "đang học",
        "ended": "đã học xong",
        "finalised": "đã chốt kết quả",
        "cancelled": "đã hủy",
    },
    "seat": {
        "waiting": "đang chờ",
        "offered": "được mời, chưa trả lời",
        "confirmed": "đã xác nhận dự",
        "completed": "hoàn thành",
        "incomplete": "chưa hoàn thành",
        "no_show": "vắng",
        "declined": "không dự được",
        "expired": "quá hạn trả lời",
        "cancelled": "đã hủy chỗ",
        "displaced": "bị rút chỗ",
        "moved": "đã thay người",
        "class_cancelled": "lớp bị hủy",
    },
}
MARK_WORDS = {
    "present": "Có mặt",
    "late": "Đến muộn",
    "left_early": "Về sớm",
    "excused": "Vắng có phép",
    "absent": "Vắng",
}
HALF_DAYS = {"sang": "sáng", "chieu": "chiều"}
ROLE_WORDS = {"leader": "Tổ trưởng", "deputy": "Tổ phó", "member": "Tổ viên"}
_GOOD = frozenset({"confirmed", "completed", "met", "published", "running", "finalised"})
_WARN = frozenset({"offered", "waiting", "returned", "partly_met", "incomplete", "submitted"})


def state_words(entity: str, state: str) -> str:
    """Return a state as people say it."""
    return STATE_WORDS[entity][state]


def state_chip(state: str) -> str:
    """Return the style of the chip that shows a state."""
    return "good" if state in _GOOD else "warn" if state in _WARN else "plain"


def half_day_words(held_on: date, half_day: str) -> str:
    """Return a session as people say it: "sáng 05/02/2026"."""
    return f"{HALF_DAYS[half_day]} {vn_day(held_on)}"
