"""The authors' check: `python -m courses content/` tells file and line of every fault."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from courses.checking import check_paths

USAGE = "Cách dùng: python -m courses [--today NĂM-THÁNG-NGÀY] THƯ_MỤC_HOẶC_TỆP_ZIP…"
_NOT_UNDERSTOOD = 2


class _Arguments(argparse.ArgumentParser):
    """A parser that speaks Vietnamese to authors, of what it can do and of what it did not understand."""

    def format_help(self) -> str:
        """Say what the command does and what may be written behind it."""
        return f"""{USAGE}

Kiểm tra khóa học, tệp thông tin hoặc cả thư mục nội dung. Mỗi chỗ cần sửa có tên tệp và số dòng.

  --today NĂM-THÁNG-NGÀY  coi như hôm nay là ngày này, để thông tin đến hạn xem lại không làm hỏng lần kiểm tra
  -h, --help              in lời chỉ dẫn này
"""

    def error(self, message: str) -> NoReturn:
        """Say how the command is written, and leave."""
        self.exit(_NOT_UNDERSTOOD, f"{USAGE}\nNgày viết năm-tháng-ngày, như 2026-11-20.\n")


def main(arguments: Sequence[str], today: date) -> int:
    """Print faults and a summary for each place; return the exit code.

    Raises:
        SystemExit: the arguments were not understood, or help was asked for.
    """
    asked = _read(arguments, today)
    reports = check_paths(asked.paths, today=asked.today)
    for report in reports:
        for fault in report.faults:
            print(fault)
        print(report.summary)
    return 0 if all(report.is_good for report in reports) else 1


def _read(arguments: Sequence[str], today: date) -> argparse.Namespace:
    parser = _Arguments(allow_abbrev=False)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--today", type=date.fromisoformat, default=today)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()))
