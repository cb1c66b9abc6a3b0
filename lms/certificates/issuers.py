"""The body that issues and the decision it issues by, as the rules take them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from lms.areas.models import Area
from lms.clock import vn_day
from lms.settings import parent_agency


@dataclass(frozen=True)
class Issuer:
    """The body that issues, as its papers name it; read from the settings by whoever asks.

    `signer_title` may hold several lines parted by "/". `design` is the house's own choice for provinces that
    made none. `is_unsigned` says that no signature will ever stand behind the papers.
    """

    parent: str
    name: str
    code: str
    place: str
    signer_title: str
    signer_name: str
    public_url: str
    design: str = "trang-trong"
    is_unsigned: bool = True

    @property
    def authority(self) -> list[str]:
        """The lines above the signature, such as "KT. GIÁM ĐỐC" and "PHÓ GIÁM ĐỐC"."""
        return [line.strip() for line in self.signer_title.split("/") if line.strip()]

    @property
    def site(self) -> str:
        """Where a code is checked, in the words printed beside the QR code."""
        return site_of(self.public_url)


@dataclass(frozen=True)
class Decision:
    """The decision of the department by which something is issued, replaced or revoked."""

    number: str
    day: date

    def __str__(self) -> str:
        return f"{self.number} ngày {vn_day(self.day)}"


def site_of(public_url: str) -> str:
    """Return an address as it is printed: host and path, without its scheme."""
    address = urlsplit(public_url)
    return address.netloc + address.path.rstrip("/")


def issuer_from(config: Mapping[str, Any], province: Area, *, public_url: str) -> Issuer:
    """Return the issuer that the settings name, for a province; `public_url` is where the school is mounted."""
    return Issuer(
        parent=parent_agency(config, province.full_name),
        name=config["LMS_ISSUER_NAME"],
        code=config["LMS_ISSUER_CODE"],
        place=config["LMS_ISSUER_PLACE"] or province.name,
        signer_title=config["LMS_SIGNER_TITLE"],
        signer_name=config["LMS_SIGNER_NAME"],
        public_url=public_url,
        design=config["LMS_CERTIFICATE_DESIGN"],
        is_unsigned=config["LMS_SIGN"] == "none",
    )
