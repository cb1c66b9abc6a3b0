"""Servers and load: granian with one worker for both sides, wrk with many signed-in clients."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.clock import group_seconds
from bench.school import AGENT, School

ROOT = Path(__file__).parents[1]
#: As in deploy/run.sh. Both sides are served with the same words.
GRANIAN = ("--interface", "wsgi", "--host", "127.0.0.1", "--workers", "1", "--blocking-threads", "4", "--no-ws",
           "--log-level", "warning")  # fmt: skip
SEQ = "1000000"


@dataclass(frozen=True)
class Web:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    def seconds(self) -> float:
        """Return the processor seconds all its processes have used."""
        return group_seconds(self.process.pid)


@dataclass(frozen=True)
class Ask:
    """One request as a client sends it; `SEQ` in the body becomes a number that only grows."""

    path: str
    cookie: str
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Load:
    """What a spell of load did."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Requests answered in a second of the clock."""
        return self.requests / self.seconds

    @property
    def per_cpu(self) -> float:
        """Requests answered in a second of the processor, server and database together."""
        return self.requests / self.cpu


@contextmanager
def serve(target: str, environment: dict[str, str], folder: Path) -> Iterator[Web]:
    """Serve a WSGI app on a free port of the loopback, in a process group of its own."""
    port = _free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LMS_", "BENCH_", "GRANIAN_"))}
    log = folder / f"{target.split(':')[0]}-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *GRANIAN, "--port", str(port), target],
            cwd=ROOT, env={**clean, **environment, "PYTHONDONTWRITEBYTECODE": "1"}, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    web = Web(f"http://127.0.0.1:{port}", process)
    try:
        _wait(web, log)
        yield web
    finally:
        _stop(process)


def fetch(web: Web, ask: Ask) -> tuple[int, bytes]:
    """Send one request as the clients do; return status and body."""
    request = urllib.request.Request(web.url + ask.path, data=ask.body.encode() or None, method=ask.method,
                                     headers=_headers(ask))  # fmt: skip
    with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
        return answer.status, answer.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nowhere: a redirect would hide that a cookie is not taken."""


def load(web: Web, school: School, asks: Sequence[Ask], *, clients: int, seconds: float, first_seq: int) -> Load:
    """Let many clients ask in turns for a while; count what the server and its database used."""
    script = school.folder / "load.lua"
    script.write_text(_script(asks, first_seq))
    before = web.seconds() + school.database_seconds()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(script), web.url],
        capture_output=True, text=True, timeout=seconds + 60, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"wrk: {done.stderr[-500:]}")
    cpu = web.seconds() + school.database_seconds() - before
    found = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])
    return Load(found["requests"], found["seconds"], found["errors"], found["p50"], found["p95"], max(cpu, 0.01))


def _script(asks: Sequence[Ask], first_seq: int) -> str:
    """Write a wrk script that sends the requests round and round, each made once beforehand."""
    lines = [_lua(ask) for ask in asks]
    return f"""
local asks = {{ {", ".join(lines)} }}
local before, after, at, seq = {{}}, {{}}, 0, {first_seq}
function init(args)
  for i, ask in ipairs(asks) do
    local whole = wrk.format(ask[1], ask[2], ask[3], ask[4])
    local from, to = string.find(whole, "{SEQ}", 1, true)
    before[i] = from and string.sub(whole, 1, from - 1) or whole
    after[i] = from and string.sub(whole, to + 1)
  end
end
function request()
  at = at % #asks + 1
  if not after[at] then return before[at] end
  seq = seq + 1
  return before[at] .. seq .. after[at]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{{"requests": %d, "seconds": %f, "errors": %d, "p50": %f, "p95": %f}}',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
"""


def _lua(ask: Ask) -> str:
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in _headers(ask).items())
    body = json.dumps(ask.body) if ask.body else "nil"
    return f"{{ {json.dumps(ask.method)}, {json.dumps(ask.path)}, {{ {headers} }}, {body} }}"


def _headers(ask: Ask) -> dict[str, str]:
    return {"Cookie": ask.cookie, "User-Agent": AGENT, "Accept": "text/html", **dict(ask.headers)}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(web: Web, log: Path) -> None:
    for _ in range(150):
        with suppress(OSError), urllib.request.urlopen(f"{web.url}/readyz", timeout=2) as answer:
            if answer.status == 200:
                return
        if web.process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
