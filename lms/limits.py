"""The wall against machines: how often one address may knock at an open door within a minute.

A village shares one address and a commune one NAT, so the wall is wide and people never see it. What keeps
guessing out is counted elsewhere, by account, slip and certificate. Counts live in the memory of each
process: bounded, gone at a restart, written nowhere.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import ParamSpec, TypeVar

from flask import current_app, request

from lms.errors import Refused

P = ParamSpec("P")
T = TypeVar("T")
_MINUTE = 60.0
_A_HOUSEHOLD = 64
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Door:
    """What strangers may do, how often a minute by which setting, and its name in the refusal."""

    name: str
    setting: str
    what: str


CHECKING = Door("check", "LMS_CHECKS_A_MINUTE", "lượt kiểm tra giấy chứng nhận")
SIGNING_IN = Door("sign_in", "LMS_SIGN_INS_A_MINUTE", "lượt đăng nhập")


class TooManyKnocks(Refused):
    """More came from one address within a minute than people alone could send."""

    status = 429

    def __init__(self, what: str, wait: int) -> None:
        super().__init__(
            f"Từ mạng này vừa có quá nhiều {what} nên hệ thống tạm ngừng nhận thêm. Chưa mất gì cả.",
            remedy=f"Hãy chờ {wait} giây rồi thử lại.",
        )
        self.wait = wait


class Wall:
    """Remembers, for each door and address, until when its knocks are spent; the longest unseen are forgotten."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._spent_until: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._spent_until)

    def seconds_to_wait(self, door: str, address: str, *, a_minute: int, now: float) -> int:
        """Let one knock in and return 0, or count nothing and return in how many seconds there is room for one.

        A minute's worth may come at once; after that, knocks come back one by one, evenly over the minute.
        `now` is a monotonic clock's.
        """
        key, each = (door, address), _MINUTE / a_minute
        with self._lock:
            spent_until = max(self._spent_until.get(key, now), now) + each
            over = spent_until - (now + _MINUTE)
            if over > _ROUNDING:
                return math.ceil(over)
            self._spent_until[key] = spent_until
            self._spent_until.move_to_end(key)
            if len(self._spent_until) > self._most:
                self._spent_until.popitem(last=False)
        return 0

    def forget_all(self) -> None:
        """Begin anew, as after a restart."""
        with self._lock:
            self._spent_until.clear()


def knock(door: Door) -> None:
    """Count that the asker of this request stands before a door.

    Raises:
        TooManyKnocks: their address has no knock left for now.
    """
    a_minute, address = current_app.config[door.setting], asking_address()
    if a_minute < 1 or address is None:
        return
    wall: Wall = current_app.extensions["lms"].wall
    wait = wall.seconds_to_wait(door.name, address, a_minute=a_minute, now=time.monotonic())
    if wait:
        raise TooManyKnocks(door.what, wait)


def limited(door: Door) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have every request for a page knock first."""

    def wrap(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def knocking(*args: P.args, **kwargs: P.kwargs) -> T:
            knock(door)
            return view(*args, **kwargs)

        return knocking

    return wrap


def asking_address() -> str | None:
    """Return whose address asks, of IPv6 the /64 that one subscriber has; None if it cannot be told.

    What a header claims counts only through LMS_TRUSTED_PROXIES. A request that a proxy on this very machine
    passed on unannounced has nobody's address: counted together, a whole province would wait for one machine.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback and "X-Forwarded-For" in request.headers:
        return None
    return str(ip_network((address, _A_HOUSEHOLD), strict=False) if address.version == 6 else address)
