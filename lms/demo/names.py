"""Invented people with names as they are borne in Thanh Hóa: Kinh, Mường, Thái, Mông.

No number can ring: 0590, 0591, 0594 to 0597 are given to no network.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_KINH = _words("Nguyễn Nguyễn Nguyễn Lê Lê Lê Trần Phạm Hoàng Đỗ Trịnh Mai Vũ Lưu Đặng Ngô Dương Hà Tống Doãn")
_MUONG = _words("Bùi Bùi Phạm Phạm Quách Trương Cao Hà Lê Nguyễn Đinh")
_THAI = _words("Lò Lò Hà Hà Vi Vi Lương Lương Lộc Ngân Cầm Lữ Phạm")
_MONG = _words("Giàng Thao Hơ Sùng Lâu Vàng Mua Chá")
_MEN = _words(
    "An Anh Bách Bình Chiến Chung Cường Dũng Duy Đạt Đức Giang Hải Hào Hiếu Hòa Hoàng Hùng Huy Khánh Kiên "
    "Lâm Long Mạnh Minh Nam Nghĩa Phong Phúc Quân Quang Quý Sơn Tài Thắng Thành Thịnh Tiến Toàn Trung Tuấn Tùng Vinh"
)
_WOMEN = _words(
    "Ánh Bích Chi Cúc Diệp Dung Duyên Đào Giang Hà Hằng Hạnh Hiền Hoa Hồng Huệ Hương Khuyên Lan Liên Linh Loan Ly Mai "
    "My Nga Ngân Ngọc Nhung Oanh Phượng Quỳnh Tâm Thảo Thoa Thu Thủy Thúy Trang Tuyết Vân Xuân Yến"
)
_MIDDLE_MEN = _words("Văn Văn Văn Hữu Đình Xuân Quang Minh Ngọc Bá Đức Công Trọng")
_MIDDLE_WOMEN = ("Thị", "Thị", "Thị", "Thị Thu", "Thị Hồng", "Thị Thanh", "Thị Kim", "Thị Mai", "Ngọc", "Thị Bích")
_MUONG_MEN = _words("Bưng Dự Khuê Nượm Ỏm Tiền Ưng Thiện Huấn Biên")
_MUONG_WOMEN = _words("Bườn Dậu Lượm Nhịn Ượt Thắm Nguyệt Thêu Chung Mến")
_THAI_MEN = _words("Pản Inh Khăm Ộc Phanh Thuội Tướng Hặc Panh Dần")
_THAI_WOMEN = _words("Ín Ngoan Pâng Xuyến Ọi Thiêm Dung Nọi Phiên Xoan")
_MONG_MEN = _words("Páo Dính Lâu Chống Pó Sếnh Tủa Nhìa Dế Thái Súa")
_MONG_WOMEN = _words("Mỷ Dợ Chía Sua Pà Xia Dở Máy Chú Só")
_PREFIXES = ("0590", "0591", "0594", "0595", "0596", "0597")


@dataclass(frozen=True)
class Invented:
    """Somebody on a roster: name, role as typed, phone as typed, note."""

    name: str
    role: str = "Thành viên"
    phone: str = ""
    note: str = ""


class People:
    """Draws names and numbers, the same ones in the same order from the same seed."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - invented names, not a secret
        self._numbers = self._all_numbers()

    def name(self, kin: str) -> str:
        """Return a name of a people: "kinh", "muong", "thai" or "mong"."""
        is_man = self._chance.random() < 0.5
        pick = self._chance.choice
        if kin == "mong":
            return f"{pick(_MONG)} A {pick(_MONG_MEN)}" if is_man else f"{pick(_MONG)} Thị {pick(_MONG_WOMEN)}"
        family, men, women = {
            "kinh": (_KINH, _MEN, _WOMEN),
            "muong": (_MUONG, _MUONG_MEN + _MEN[:12], _MUONG_WOMEN + _WOMEN[:12]),
            "thai": (_THAI, _THAI_MEN + _MEN[12:20], _THAI_WOMEN + _WOMEN[12:20]),
        }[kin]
        if is_man:
            return f"{pick(family)} {pick(_MIDDLE_MEN)} {pick(men)}"
        return f"{pick(family)} {pick(_MIDDLE_WOMEN)} {pick(women)}"

    def phone(self) -> str:
        """Return the next number that nobody has."""
        return next(self._numbers)

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases."""
        return self._chance.random() < share

    def between(self, least: int, most: int) -> int:
        """Return a whole number from least to most."""
        return self._chance.randint(least, most)

    def pick(self, *choices: str) -> str:
        """Return one of the choices."""
        return self._chance.choice(choices)

    def _all_numbers(self) -> Iterator[str]:
        seen: set[str] = set()
        while True:
            number = f"{self._chance.choice(_PREFIXES)}{self._chance.randint(100_000, 999_999)}"
            if number not in seen:
                seen.add(number)
                yield number
