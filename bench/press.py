"""The press: one certificate from a compiled template, beside WeasyPrint, typst, reportlab and a browser.

Everything is measured in turns within one run, by processor time for one paper; the browser, which works in
several processes, by the clock. The proof that both ways of the press agree is printed beside the figures.
Figures for signed papers are in `signing`.
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from bench import peers
from bench.figure import Figure, middle
from bench.peers import Maker, each
from bench.school import Schools
from bench.serving import ROOT
from bench.web import Pace
from lms.press import Facts, Frozen, PrintRun, compile_template, press, prove
from lms.press.pressing import press_laid_out
from tests.lms.press.specimens import facts, template

DESIGN = "trang-trong"
MANY, PROVINCE = 2_000, 16_000
LEAST_TIMES, LEAST_TUNED, LEAST_TYPST = 1_000, 1.7, 50
MOST_MEGABYTES, MOST_BYTES_A_PAGE = 250, 2_200
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYLLABLES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Thị", "Văn", "Hữu", "Đức", "Ngọc",
    "Thu", "Hương", "Thảo", "Tường", "Vy", "Quân", "Tuấn",
)  # fmt: skip


def measure(_made: Schools, pace: Pace) -> list[Figure]:
    """Compile, prove, then let all makers work in turns."""
    chosen = template(DESIGN)
    frozen = compile_template(chosen, address=facts().address)
    proof = prove(chosen, frozen)
    assert proof.passed, f"the two ways differ: {proof.differences}"
    people = [person(number) for number in range(MANY)]
    assert all(press(chosen, one, frozen).way == "compiled" for one in people), "somebody is not covered"
    with tempfile.TemporaryDirectory() as folder:
        makers = _makers(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in ("compiled", "tuned", *makers)}
        for _ in range(pace.rounds):
            times["compiled"].append(each(lambda one: press(chosen, one, frozen).rest, people))
            times["tuned"].append(each(lambda one: bytes(press_laid_out(chosen, one)), people[:6]))
            for name, make in makers.items():
                times[name].append(each(make, people[: 5 if name == "plain" else 12]))
        browser = _browser_seconds(people[:12])
        by_the_clock = each(lambda one: press(chosen, one, frozen).rest, people, by_the_clock=True)
        held, streamed = _memory(frozen.to_bytes(), Path(folder))
    took = {name: middle(values) for name, values in times.items()}
    note = (
        f"In giấy: {proof.compared} giấy thử qua cả hai cách, khác nhau 0 điểm ảnh, 0 chữ; {proof.uncovered} giấy thử "
        f"khó được trả về cách chậm. Khuôn {len(frozen.stem.data) / 1000:.0f} kB dùng chung."
    )
    return [
        _times("don", "In một giấy từ khuôn, bên WeasyPrint để nguyên", took, "plain", LEAST_TIMES, note),
        _times("typst", "In một giấy từ khuôn, bên typst đã nóng", took, "typst", LEAST_TYPST),
        _times("reportlab", "In một giấy từ khuôn, bên reportlab", took, "reportlab", None),
        Figure("in-giay/trinh-duyet", "In một giấy từ khuôn, bên Chromium đã mở (theo đồng hồ)", by_the_clock * 1000,
               browser * 1000, "ms", browser / by_the_clock, None),
        Figure("in-giay/cham", "Cách chậm, bên WeasyPrint để nguyên", took["tuned"] * 1000, took["plain"] * 1000,
               "ms CPU", took["plain"] / took["tuned"], LEAST_TUNED),
        Figure("in-giay/bo-nho", f"Bộ nhớ khi ghi {PROVINCE} giấy vào ZIP {streamed / 1e6:.0f} MB", held, None, "MB",
               held, MOST_MEGABYTES, at_least=False, is_ratio=False),
        _run_figure(frozen, people),
    ]  # fmt: skip


def person(number: int) -> Facts:
    """Return one of many people, each with a name, number and code of their own."""
    chance = sha256(f"{number}".encode()).digest()
    code = "".join(_LETTERS[byte % 32] for byte in chance[:21])
    name = " ".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in chance[21 : 23 + chance[30] % 3])
    one = facts(name=name, number=f"{number:05}/2026/GCN-SKHCN", book_entry=f"{number:05}")
    dashed = "-".join((code[:5], code[5:10], code[10:15], code[15:20], code[20]))
    return replace(one, code=dashed, address=one.address[:-21] + code)


def _makers(folder: Path) -> dict[str, Maker]:
    chosen = template(DESIGN)
    offered = {
        "plain": peers.plain_weasyprint(chosen),
        "typst": peers.typst(chosen, folder),
        "reportlab": peers.reportlab(chosen),
    }
    made = {name: maker for name, maker in offered.items() if maker is not None}
    for maker in made.values():
        assert maker(person(0)).startswith(b"%PDF"), "a maker makes no PDF"
    return made


def _times(key: str, what: str, took: dict[str, float], beside: str, goal: float | None, *notes: str) -> Figure:
    """Compare with another maker; one that is not installed is said plainly, and has no goal."""
    if beside not in took:
        missing = f"Chưa cài {beside} (bộ “bench” của pip) nên chưa so được."
        return Figure(f"in-giay/{key}", what, took["compiled"] * 1000, None, "ms CPU", 0, None, notes=(*notes, missing))
    return Figure(f"in-giay/{key}", what, took["compiled"] * 1000, took[beside] * 1000, "ms CPU",
                  took[beside] / took["compiled"], goal, notes=notes)  # fmt: skip


def _browser_seconds(people: list[Facts]) -> float:
    browser = peers.Chromium(template(DESIGN))
    try:
        browser.make(person(0))
        return each(browser.make, people, by_the_clock=True)
    finally:
        browser.close()


def _run_figure(frozen: Frozen, people: list[Facts]) -> Figure:
    few, many = (sum(map(len, PrintRun(frozen, people[:count]))) for count in (MANY // 2, MANY))
    bytes_a_page = (many - few) / (MANY - MANY // 2)
    return Figure("in-giay/loat", "Bản in cả loạt, mỗi trang thêm", bytes_a_page, None, "byte", bytes_a_page,
                  MOST_BYTES_A_PAGE, at_least=False, is_ratio=False)  # fmt: skip


_STREAM = """
import datetime, sys
from pathlib import Path
from bench.press import PROVINCE, person
from lms.press import Frozen, zip_of
from lms.press.pressing import press_compiled

frozen = Frozen.from_bytes(Path(sys.argv[1]).read_bytes())
papers = ((f"{number}.pdf", press_compiled(frozen, person(number))) for number in range(PROVINCE))
size = sum(map(len, zip_of(((name, (paper.stem, paper.rest)) for name, paper in papers), datetime.date(2026, 11, 20))))
peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak) / 1024, size)
"""


def _memory(stored: bytes, folder: Path) -> tuple[float, int]:
    """Return the most memory a fresh process held while it streamed a province, and how much it streamed."""
    (folder / "frozen").write_bytes(stored)
    command = [sys.executable, "-c", _STREAM, str(folder / "frozen")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240).stdout.split()
    return float(said[0]), int(said[1])
