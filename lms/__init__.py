"""The school: a Flask plugin with which community digital technology teams learn, queue and are certified."""

from lms.extension import LMS

__all__ = ["LMS"]
