"""Run the figures: `python -m bench [NAME …] [--json FILE]`."""

import argparse
import platform
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import web
from bench.figure import Figure, as_json, table
from bench.school import ENGINES, Schools, say, schools

LIMIT_SECONDS = 8 * 60
WEB = {"bai-hoc": web.lesson, "luu-tra-loi": web.autosave, "trang-dau": web.home, "to": web.team}


def main() -> int:
    """Measure what was asked for, print the table; fail only if something broke, never for slowness."""
    options = _options()
    if not shutil.which("wrk") and set(options.names) & set(WEB):
        print("Thiếu chương trình wrk. Hãy gõ: apt-get install wrk", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(LIMIT_SECONDS)
    start = time.monotonic()
    told = Told()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder, schools(Path(folder)) as s:
        try:
            _measure(told, options, s)
        except TimeoutError:
            told.broken.append(f"hết {LIMIT_SECONDS} giây nên các số đo còn lại chưa đo")
    signal.alarm(0)
    seconds = time.monotonic() - start
    _tell(told, seconds)
    if told.traces and options.trace:
        print("\n".join(told.traces), file=sys.stderr)
    if options.json:
        options.json.write_text(as_json(told.figures, _facts(seconds, told.broken)) + "\n")
    return 1 if told.broken else 0


@dataclass
class Told:
    """What has been measured, and what broke on the way."""

    figures: list[Figure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)

    def attempt(self, name: str, work: Callable[[], list[Figure]]) -> None:
        """Measure one thing; when it breaks, the others go on and the run fails at the end."""
        say(f"đo {name}")
        try:
            self.figures += work()
        except TimeoutError:
            raise
        except Exception as error:
            self.broken.append(f"{name}: {type(error).__name__}: {error}")
            self.traces.append(traceback.format_exc())


def _measure(told: Told, options: argparse.Namespace, made: Schools) -> None:
    pace = web.Pace(options.rounds, options.seconds)
    chosen = [name for name in WEB if name in options.names]
    for engine in ENGINES if chosen else ():
        told.attempt(f"trang web, {engine}", lambda engine=engine: _web(told, engine, chosen, made, pace))
    for name, work in OTHERS.items():
        if name in options.names:
            told.attempt(name, lambda work=work: work(made, pace))


def _web(told: Told, engine: str, chosen: list[str], made: Schools, pace: web.Pace) -> list[Figure]:
    with web.both(made.on(engine)) as sides:
        for name in chosen:
            told.attempt(f"{name}/{engine}", lambda name=name: WEB[name](sides, pace))
    return []


def _others() -> dict[str, Callable[[Schools, web.Pace], list[Figure]]]:
    from bench import counters, memory, phone, planning, press, roster, seats, signing

    return {
        "danh-sach": roster.measure,
        "man-hinh-dau": phone.measure,
        "bo-nho": memory.measure,
        "so-dem": counters.measure,
        "cho-ngoi": seats.measure,
        "ke-hoach": planning.measure,
        "in-giay": press.measure,
        "ky-so": signing.measure,
    }


OTHERS = _others()
NAMES = (*WEB, *OTHERS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured to a file")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each side (3)")
    parser.add_argument("--seconds", type=float, default=2, help="seconds of load in a round (2)")
    parser.add_argument("--trace", action="store_true", help="show where a broken figure broke")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    options.names = options.names or list(NAMES)
    return options


def _stop(number: int, _frame: object) -> None:
    raise TimeoutError if number == signal.SIGALRM else KeyboardInterrupt


def _facts(seconds: float, broken: list[str]) -> dict[str, Any]:
    return {
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "broken": broken,
    }


def _tell(told: Told, seconds: float) -> None:
    figures, broken = told.figures, told.broken
    print()
    print(table(figures))
    print()
    for figure in figures:
        for note in figure.notes:
            print(f"* {note}")
    for sentence in broken:
        print(f"! Hỏng: {sentence}")
    counted = [figure for figure in figures if figure.goal is not None]
    reached = sum(figure.is_reached for figure in counted)
    print(f"\n{reached}/{len(counted)} mục tiêu đạt, {len(broken)} số đo hỏng, hết {seconds:.0f} giây.")


if __name__ == "__main__":
    sys.exit(main())
