"""How states, marks and half-days are said to people: one wording for pages, notices and papers."""

from datetime import date

from lms.clock import vn_day

STATE_WORDS = {
    "call": {
        "draft": "bản nháp",
        "open": "đang nhận đăng ký",
        "closed": "đã hết hạn đăng ký",
        "planned": "đã xếp lớp",
        "archived": "đã khép lại",
    },
    "need": {
        "draft": "bản nháp, chưa gửi",
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
        "postponed": "hoãn, chờ ngày mới",
        "merged": "đã gộp vào lớp khác",
        "cancelled": "đã hủy",
    },
    "seat": {
        "waiting": "đang chờ",
        "offered": "được mời, chưa trả lời",
        "confirmed": "đã xác nhận dự",
        "away": "tạm vắng, chỗ nhường người khác",
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
SOURCE_WORDS = {
    "list": "ghi trong danh sách",
    "scan": "quét mã của người dự",
    "code": "gõ mã của người dự",
    "room": "người dự tự quét mã phòng",
    "paper": "nhập từ danh sách giấy có chữ ký",
}
CHANNEL_WORDS = {
    "web": "trên trang này",
    "proxy": "làm thay",
    "phone": "qua điện thoại",
    "import": "nhập từ tệp",
    "timer": "tự động",
    "offline": "ghi lúc mất mạng, gửi sau",
}
HALF_DAYS = {"sang": "sáng", "chieu": "chiều"}
HALF_DAY_KINDS = {
    "sang-trong-tuan": "Buổi sáng trong tuần",
    "chieu-trong-tuan": "Buổi chiều trong tuần",
    "sang-cuoi-tuan": "Buổi sáng cuối tuần",
    "chieu-cuoi-tuan": "Buổi chiều cuối tuần",
}
MODE_WORDS = {"any": "Cách nào cũng được", "in_person": "Học trực tiếp", "online": "Học qua mạng"}
ROLE_WANTED_WORDS = {"any": "Ai cũng được", "leader": "Tổ trưởng", "deputy": "Tổ phó", "member": "Tổ viên"}
REJECTIONS = {
    "already_trained": "Tổ đã học chuyên đề này",
    "not_eligible": "Người được cử không thuộc diện của đợt",
    "other_class": "Đã có lớp khác phù hợp hơn",
    "not_verified": "Không xác minh được nhu cầu",
    "other": "Lý do khác",
}
"""Why the department may say no to a need; the words that go with it say more."""
ROLE_WORDS = {"leader": "Tổ trưởng", "deputy": "Tổ phó", "member": "Tổ viên"}
_GOOD = frozenset({"confirmed", "completed", "met", "published", "running", "finalised"})
_WARN = frozenset({"away", "postponed", "offered", "waiting", "returned", "partly_met", "incomplete", "submitted"})


def state_words(entity: str, state: str) -> str:
    """Return a state as people say it."""
    return STATE_WORDS[entity][state]


def state_chip(state: str) -> str:
    """Return the style of the chip that shows a state."""
    return "good" if state in _GOOD else "warn" if state in _WARN else "plain"


def half_day_words(held_on: date, half_day: str) -> str:
    """Return a session as people say it: "sáng 05/02/2026"."""
    return f"{HALF_DAYS[half_day]} {vn_day(held_on)}"
