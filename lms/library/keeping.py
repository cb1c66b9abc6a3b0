"""Which bytes in the file store the library's own rows hold, beside its stored files."""

from sqlalchemy import Text, cast
from sqlalchemy.orm import Session

from lms.db import row_exists
from lms.library.models import Draft, Media


def holds_picture(session: Session, sha256: str) -> bool:
    """Say whether a version or a draft shows the picture with this sha256."""
    if row_exists(session, Media, Media.sha256 == sha256):
        return True
    return row_exists(session, Draft, cast(Draft.media, Text).contains(sha256, autoescape=True))
