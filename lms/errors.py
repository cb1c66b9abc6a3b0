"""The two ways in which the house says no: with a reason, or as if the thing did not exist."""


class Refused(Exception):
    """Nothing is broken; the answer is no, and here is why.

    Carries one or more Vietnamese sentences: what happened, what is safe, what to do.
    Every rule raises its own subclass, so that tests and callers go by class, not by wording.
    """

    status = 409
    wait = 0
    """After how many seconds asking again makes sense; 0 if time alone changes nothing."""

    def __init__(self, sentence: str, *, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


class NotFound(Exception):
    """The row does not exist, or not for this person: both look the same from outside."""


class Busy(Refused):
    """Other people were writing for too long; nothing of this deed was stored."""

    status = 503
    wait = 5

    def __init__(self) -> None:
        super().__init__(
            "Hệ thống đang bận nên việc này chưa được ghi. Chưa mất gì cả.",
            remedy="Chờ vài giây rồi bấm lại.",
        )


class Misconfigured(RuntimeError):
    """The app cannot start safely; the message says which setting to change and how."""
