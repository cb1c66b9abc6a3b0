"""The verbs of training, gathered from the modules named by their noun."""

from lms.training.approvals import confirm_need, reject_need, return_need
from lms.training.attendance import Mark, OverrideNeedsReason, SessionNotYet, UnknownMark, mark_session
from lms.training.calls import CallBadlyPlanned, CallNotOpen, extend_call, open_call
from lms.training.classes import (
    CapacityBelowLive,
    ClassBadlyPlanned,
    Plan,
    cancel_class,
    close_roster,
    plan_class,
    publish_class,
    set_capacity,
)
from lms.training.grouping import ClassNotOpenForNeeds, Grouped, group_needs
from lms.training.needs import (
    AlreadyRegistered,
    ReasonMissing,
    Registered,
    TopicNotInCall,
    Wish,
    WishNotPossible,
    register_need,
    withdraw_need,
)
from lms.training.queue import AlreadySeated
from lms.training.results import NobodyConfirmed, SessionsUnmarked, finalise_class
from lms.training.seats import (
    ClassHasBegun,
    ClassNotFilling,
    OfferLapsed,
    SubstituteNotPossible,
    cancel_seat,
    confirm_seat,
    decline_seat,
    expire_offers,
    request_seat,
    substitute,
)
from lms.training.standing import NoLongerInTeam, NotLeader
from lms.training.transitions import AlreadySettled
from lms.training.waiting import reasons_for_waiting

__all__ = [
    "AlreadyRegistered",
    "AlreadySeated",
    "AlreadySettled",
    "CallBadlyPlanned",
    "CallNotOpen",
    "CapacityBelowLive",
    "ClassBadlyPlanned",
    "ClassHasBegun",
    "ClassNotFilling",
    "ClassNotOpenForNeeds",
    "Grouped",
    "Mark",
    "NoLongerInTeam",
    "NobodyConfirmed",
    "NotLeader",
    "OfferLapsed",
    "OverrideNeedsReason",
    "Plan",
    "ReasonMissing",
    "Registered",
    "SessionNotYet",
    "SessionsUnmarked",
    "SubstituteNotPossible",
    "TopicNotInCall",
    "UnknownMark",
    "Wish",
    "WishNotPossible",
    "cancel_class",
    "cancel_seat",
    "close_roster",
    "confirm_need",
    "confirm_seat",
    "decline_seat",
    "expire_offers",
    "extend_call",
    "finalise_class",
    "group_needs",
    "mark_session",
    "open_call",
    "plan_class",
    "publish_class",
    "reasons_for_waiting",
    "register_need",
    "reject_need",
    "request_seat",
    "return_need",
    "set_capacity",
    "substitute",
    "withdraw_need",
]
