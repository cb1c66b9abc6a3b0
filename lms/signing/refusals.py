"""Every "no" about a signature, in the words of whoever holds the file."""

from datetime import datetime

from lms.clock import vn_day
from lms.errors import Refused

_NOTHING_CHANGED = "Giấy chứng nhận đang lưu vẫn nguyên vẹn."


class KeyOutOfDate(Refused):
    """The signing certificate is not valid on the day of issue."""

    def __init__(self, first: datetime, last: datetime) -> None:
        super().__init__(
            f"Chứng thư số của đơn vị chỉ có giá trị từ {vn_day(first)} đến {vn_day(last)} nên chưa ký tệp nào.",
            remedy="Nhờ người quản trị thay chứng thư số còn hạn rồi ký lại.",
        )


class KeySilent(Refused):
    """The token was pulled out, is locked, or answered with a fault; nothing was signed."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "Thiết bị giữ khóa ký không trả lời nên tệp này chưa được ký.",
            remedy="Kiểm tra thiết bị còn cắm và chưa bị khóa, rồi ký lại.",
        )


class StampSilent(Refused):
    """The time-stamping authority did not answer as it should; nothing was signed."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "Nơi cấp dấu thời gian không trả lời nên tệp này chưa được ký.",
            remedy="Chờ vài phút rồi ký lại. Nếu vẫn không được, nhờ người quản trị kiểm tra địa chỉ đã cài đặt.",
        )


class NotTaken(Refused):
    """A file signed elsewhere is not taken back; each subclass says why."""

    status = 422


class NotPdf(NotTaken):
    def __init__(self) -> None:
        super().__init__("Tệp này không phải tệp PDF.", remedy="Chọn tệp PDF đã ký rồi gửi lại.")


class TooLarge(NotTaken):
    def __init__(self) -> None:
        super().__init__(
            f"Tệp này lớn hơn mức cho phép của một giấy chứng nhận đã ký. {_NOTHING_CHANGED}",
            remedy="Ký lại từ tệp gốc đã tải về, không chèn thêm hình ảnh lớn.",
        )


class FileChanged(NotTaken):
    """The file does not begin with exactly our bytes."""

    def __init__(self) -> None:
        super().__init__(
            f"Nội dung tệp này khác với giấy chứng nhận đã giao đi ký. {_NOTHING_CHANGED}",
            remedy="Tải lại tệp gốc, ký ngay trên tệp đó, không in lại hay lưu bằng phần mềm khác.",
        )


class NoSignature(NotTaken):
    def __init__(self) -> None:
        super().__init__("Tệp này chưa có chữ ký số.", remedy="Ký tệp bằng phần mềm ký số rồi gửi lại.")


class WrongSignatures(NotTaken):
    """More or fewer signatures than the paper asks for."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(
            f"Tệp này có {found} chữ ký số, cần đúng {expected}.",
            remedy="Tải lại tệp gốc và ký đủ, không ký thừa.",
        )


class NotUnpacked(NotTaken):
    """A file in the ZIP is damaged, locked with a password, or packed in a way we do not read."""

    def __init__(self) -> None:
        super().__init__(
            f"Không lấy được tệp này ra khỏi tệp ZIP. {_NOTHING_CHANGED}",
            remedy="Nén lại thành tệp ZIP thường, không đặt mật khẩu, hoặc gửi riêng tệp PDF này.",
        )


class Unreadable(NotTaken):
    """What stands behind our bytes is broken, or not what a signing tool writes."""

    def __init__(self) -> None:
        super().__init__(
            f"Không đọc được phần chữ ký trong tệp này. {_NOTHING_CHANGED}",
            remedy="Tải lại tệp gốc và ký lại. Nếu vẫn không được, dùng phần mềm ký số khác.",
        )


class SignatureBroken(NotTaken):
    """The signature does not belong to these bytes, or was made with a method that no longer counts."""

    def __init__(self) -> None:
        super().__init__(
            f"Chữ ký số trong tệp này không đúng. {_NOTHING_CHANGED}",
            remedy="Tải lại tệp gốc và ký lại.",
        )


class ChangedBeforeSigning(NotTaken):
    """The signing tool, or somebody before it, changed the page and not only signed it."""

    def __init__(self) -> None:
        super().__init__(
            f"Trước khi ký, nội dung trong tệp đã bị sửa thêm. {_NOTHING_CHANGED}",
            remedy="Tải lại tệp gốc và chỉ ký, không ghi chú hay chỉnh sửa.",
        )


class StampElsewhere(NotTaken):
    """What a signature shows could cover the page: it lies outside the room that the paper leaves for it."""

    def __init__(self) -> None:
        super().__init__(
            f"Hình chữ ký trong tệp này nằm ngoài chỗ dành cho người ký, có thể che chữ trên giấy. {_NOTHING_CHANGED}",
            remedy="Tải lại tệp gốc rồi ký không hiện hình, hoặc đặt hình gọn ở góc dưới bên phải, chỗ tên người ký.",
        )


class ChangedAfterSigning(NotTaken):
    """Something stands behind the last signature, or in a gap that it does not cover."""

    def __init__(self) -> None:
        super().__init__(
            f"Sau khi ký, tệp này đã bị thêm nội dung. {_NOTHING_CHANGED}",
            remedy="Gửi đúng tệp vừa ký xong, không mở ra lưu lại.",
        )


class SignerUnknown(NotTaken):
    def __init__(self, signer: str) -> None:
        super().__init__(
            f"Chữ ký số trong tệp này là của “{signer}”, không có trong danh sách người được ký.",
            remedy="Ký lại bằng chứng thư số của đơn vị, hoặc nhờ người quản trị bổ sung chứng thư.",
        )


class SignerOutOfDate(NotTaken):
    """The signer's certificate was not valid when it signed, or when the file came back without a time stamp."""

    def __init__(self, first: datetime, last: datetime) -> None:
        super().__init__(
            f"Chứng thư số đã dùng chỉ có giá trị từ {vn_day(first)} đến {vn_day(last)}.",
            remedy="Ký lại bằng chứng thư số còn hạn.",
        )


class StampBroken(NotTaken):
    """The time stamp inside the signature is false or comes from an authority nobody here trusts."""

    def __init__(self) -> None:
        super().__init__(
            "Dấu thời gian trong chữ ký không đúng hoặc do nơi không được công nhận cấp.",
            remedy="Ký lại với nơi cấp dấu thời gian của đơn vị, hoặc ký không kèm dấu thời gian.",
        )
