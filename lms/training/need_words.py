"""How needs are said to people: what a team asks for, what somebody would change, how places are given out."""

from collections.abc import Callable, Mapping
from typing import Any

from lms.clock import vn_moment
from lms.training.allotting import Weights
from lms.training.models import Call
from lms.training.wording import HALF_DAY_KINDS, MODE_WORDS, ROLE_WANTED_WORDS

_WEIGHT_WORDS = {
    "lack": "mỗi kỹ năng số mà tổ còn yếu",
    "never": "tổ chưa học chuyên đề này lần nào",
    "age": "mỗi đợt tổ đã chờ mà chưa có chỗ",
    "remote": "xã đi lại khó khăn",
    "no_show": "đợt trước có chỗ mà vắng, không báo lý do",
}


def change_words(changes: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Say what would be asked for instead: "cần 2 chỗ; cử Trần Văn Phó; ghi chú: không ghi"."""
    said: dict[str, Callable[[Any], str]] = {
        "seats_wanted": lambda value: f"cần {value} chỗ",
        "nominee_ids": lambda value: "cử " + (", ".join(names[person] for person in value) or "sau"),
        "role_wanted": lambda value: f"nếu cử sau thì: {ROLE_WANTED_WORDS[value].lower()}",
        "half_days": lambda value: f"buổi: {half_days_words(value)}",
        "mode": lambda value: f"cách học: {MODE_WORDS[value].lower()}",
        "availability": lambda value: f"thuận tiện: {value or 'không ghi'}",
        "note": lambda value: f"ghi chú: {value or 'không ghi'}",
    }
    return "; ".join(say(changes[field]) for field, say in said.items() if field in changes)


def half_days_words(kinds: list[str]) -> str:
    """Say which half-days suit a team."""
    return ", ".join(HALF_DAY_KINDS[kind].lower() for kind in kinds) or "buổi nào cũng được"


def order_words(call: Call) -> list[str]:
    """Say in short sentences how places are given out in a call; a published rule, known beforehand."""
    if call.order == "first_come":
        return [
            "Tổ nào đăng ký trước thì được xếp trước, theo số thứ tự nhu cầu trong đợt.",
            "Tổ đăng ký nhiều chỗ thì các chỗ đi liền nhau.",
            "Người bị rút chỗ ở một lớp cùng chuyên đề được xếp trước tất cả.",
        ]
    window = (
        f"Gửi đến {vn_moment(call.fair_until)} thì được tính như nhau. Gửi sau thì xếp sau."
        if call.fair_until
        else "Gửi lúc nào trong đợt cũng được tính như nhau. Sóng yếu không bị thiệt."
    )
    return [
        window,
        "Người bị rút chỗ ở một lớp cùng chuyên đề được xếp trước tất cả.",
        "Xã có số chỗ để dành thì được nhận đủ số đó trước.",
        "Sau đó, mỗi lượt một chỗ dành cho xã đang có ít chỗ nhất so với số tổ của xã.",
        "Trong một xã, tổ nhiều điểm hơn đi trước.",
        "Vẫn bằng nhau thì bốc thăm theo mã đã công bố bên dưới, ai cũng tính lại được.",
        "Không tổ nào được chỗ thứ hai trước khi mọi tổ có chỗ thứ nhất.",
    ]


def weight_words(call: Call) -> list[tuple[str, int]]:
    """Return for what a team gets how many points in a call."""
    weights = Weights.from_dict(call.weights).as_dict()
    return [(words, weights[name]) for name, words in _WEIGHT_WORDS.items()]
