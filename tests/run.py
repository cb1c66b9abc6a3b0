"""Run every test; the last line says how many passed, failed and were skipped.

The tests that draw no page in a browser run first, two files at a time, then the journeys one by
one: a browser that must wait for another one's processor shows pages half made.
"""

import re
import subprocess
import sys

_STAGES = (("not browser", "-n", "2", "--dist", "loadfile", "--durations", "12"), ("browser",))
_COUNTED = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed)")


def main() -> int:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    codes = []
    for chosen in _STAGES:
        asked = [sys.executable, "-m", "pytest", "-m", *chosen, *sys.argv[1:]]
        done = subprocess.Popen(asked, stdout=subprocess.PIPE, text=True)
        last = ""
        for line in done.stdout or ():
            print(line, end="", flush=True)
            last = line if _COUNTED.search(line) else last
        codes.append(done.wait())
        for number, what in _COUNTED.findall(last):
            counts[{"errors": "failed", "error": "failed", "xfailed": "skipped"}.get(what, what)] += int(number)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if set(codes) == {0} and counts["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
