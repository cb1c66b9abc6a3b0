"""The ways in which this room says no; what waits for the second person says no as training does."""

from collections.abc import Sequence

from lms.errors import Refused
from lms.training.decisions import NotTheAsker, SamePerson

__all__ = [
    "AlreadyAsked",
    "AlreadyCertified",
    "AlreadyDecided",
    "AlreadyProposed",
    "AlreadyPublished",
    "ClassNotFinalised",
    "DecisionTooEarly",
    "DecisionUnusable",
    "NameUnprintable",
    "NoLongerLive",
    "NobodyChosen",
    "NotEarned",
    "NotPublished",
    "NotTheAsker",
    "ReasonMissing",
    "SamePerson",
    "TextUnprintable",
]

_NAMED = 10


def names_of(names: Sequence[str]) -> str:
    """Return the names in one line; of many, the first ones and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" và {more} trường hợp nữa" if more > 0 else "")


class ClassNotFinalised(Refused):
    """The class has no final results yet, so nobody can be certified."""

    def __init__(self) -> None:
        super().__init__(
            "Lớp này chưa chốt kết quả nên chưa cấp được giấy chứng nhận. Chưa có số nào được cấp.",
            remedy="Hãy chốt kết quả của lớp trước.",
        )


class NobodyChosen(Refused):
    """The list is empty."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa chọn ai nên chưa thay đổi gì.", remedy="Hãy đánh dấu ít nhất một người hoặc một tổ.")


class DecisionUnusable(Refused):
    """The decision has no number, or its day cannot be right."""

    status = 422


class DecisionTooEarly(DecisionUnusable):
    """Somebody on the list had not finished when the decision was made."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Ngày quyết định có trước ngày hoàn thành của: {names_of(names)}. Chưa thay đổi gì.",
            remedy="Hãy xem lại ngày ghi trên quyết định, hoặc bỏ chọn những trường hợp này.",
        )


class TextUnprintable(Refused):
    """Something that would be printed has letters that no font of the house can print."""

    status = 422

    def __init__(self, text: str, letters: Sequence[str]) -> None:
        super().__init__(
            f"“{text[:80]}” có ký tự không in được: {' '.join(letters)}. Chưa thay đổi gì.",
            remedy="Hãy sửa chữ đó (tên tổ, tên lớp hoặc số quyết định) rồi làm lại.",
        )


class NotEarned(Refused):
    """Somebody on the list has not earned this certificate, or not any more."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Chưa đủ điều kiện được cấp: {names_of(names)}. Chưa cấp số nào.",
            remedy="Hãy tải lại trang và chọn lại; danh sách đang chờ duyệt thì từ chối rồi lập lại.",
        )


class AlreadyCertified(Refused):
    """Somebody on the list holds a live certificate of the same thing."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Đã có giấy chứng nhận về nội dung này: {names_of(names)}. Không cấp thêm số nào.",
            remedy="Hãy tải lại trang; muốn sửa giấy đã cấp thì dùng “Cấp lại”.",
        )


class AlreadyProposed(Refused):
    """Somebody on the list stands on another list that waits for the second person."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Đang có trong một danh sách chờ duyệt: {names_of(names)}. Không lập thêm danh sách nào.",
            remedy="Hãy xem danh sách đang chờ duyệt ở trang “Cấp giấy chứng nhận”.",
        )


class NameUnprintable(Refused):
    """A name has letters that no font of the house can print."""

    def __init__(self, name: str, letters: Sequence[str]) -> None:
        super().__init__(
            f"Tên “{name}” có ký tự không in được: {' '.join(letters)}. Chưa cấp số nào.",
            remedy="Hãy sửa tên trong danh sách tổ rồi làm lại.",
        )


class AlreadyAsked(Refused):
    """The end of this certificate waits for the second person already."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này đang có đề nghị chờ người thứ hai duyệt. Chưa ghi thêm gì.",
            remedy="Xem ở trang “Cấp giấy chứng nhận”.",
        )


class AlreadyDecided(Refused):
    """Somebody has already decided this."""

    def __init__(self, outcome: str) -> None:
        super().__init__(f"Đề nghị này {OUTCOME_WORDS[outcome]} rồi. Chưa thay đổi gì thêm.")


OUTCOME_WORDS = {"accepted": "đã duyệt", "refused": "không được duyệt", "taken_back": "đã rút lại"}


class NotPublished(Refused):
    """The certificate is not public yet, so there is nothing to revoke, replace or copy."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này chưa công bố nên chưa có gì để thu hồi, thay thế hoặc cấp bản sao.",
            remedy="Nếu giấy sai, hãy hủy số trước khi công bố.",
        )


class AlreadyPublished(Refused):
    """The certificate is public: it can be revoked or replaced, no longer made void."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này đã công bố nên không hủy số được nữa. Giấy vẫn như cũ.",
            remedy="Hãy thu hồi hoặc cấp lại theo quyết định.",
        )


class NoLongerLive(Refused):
    """The certificate is already revoked, replaced or void, and stays so."""

    def __init__(self) -> None:
        super().__init__(
            "Giấy này đã bị thu hồi, thay thế hoặc hủy số từ trước. Tình trạng đó không đổi được nữa.",
            remedy="Muốn cấp mới, hãy lập danh sách theo một quyết định mới.",
        )


class ReasonMissing(Refused):
    """What takes something away, or says no, needs its reason."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Chưa ghi lý do nên chưa thay đổi gì.", remedy="Hãy chọn hoặc ghi lý do.")
