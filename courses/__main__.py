"""The authors' check: `python -m courses content/` tells file and line of every fault."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from courses.checking import check_paths

USAGE = "Cách dùng: python -m courses THƯ_MỤC_HOẶC_TỆP_ZIP…"


def main(arguments: list[str], today: date) -> int:
    """Print faults and a summary for each place; return the exit code."""
    if not arguments:
        print(USAGE)
        return 2
    reports = check_paths([Path(argument) for argument in arguments], today=today)
    for report in reports:
        for fault in report.faults:
            print(fault)
        print(report.summary)
    return 0 if all(report.is_good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()))
