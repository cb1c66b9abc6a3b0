"""All settings in one table; the README's table is kept true by a test.

Stand-alone, each is read from an environment variable of the same name; mounted, from the host's
`app.config`. Anything with no safe default stops the start and says the remedy.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from lms.errors import Misconfigured

_KNOWN_SECRETS = {"dev", "secret", "changeme", "change-me", "default", "password", "test", "matkhau"}


@dataclass(frozen=True)
class Setting:
    """One setting: its name, its value when nobody sets it, and what it means."""

    name: str
    default: Any
    meaning: str
    read: Callable[[str], Any] = str


SETTINGS = (
    Setting("LMS_SECRET_KEY", "", "Chuỗi bí mật để ký phiên đăng nhập và phiếu; bắt buộc, từ 32 ký tự."),
    Setting("LMS_DATABASE_URL", "", "Cơ sở dữ liệu; bỏ trống là SQLite trong thư mục dữ liệu."),
    Setting("LMS_DATA_DIR", "du-lieu", "Thư mục giữ cơ sở dữ liệu SQLite và tệp."),
    Setting("LMS_PUBLIC_URL", "http://127.0.0.1:8000", "Địa chỉ in trong mã QR và tin nhắn."),
    Setting("LMS_SECURE_COOKIES", False, "Chỉ gửi cookie qua HTTPS; bật khi có HTTPS.", lambda v: v == "1"),
    Setting("LMS_TRUSTED_PROXIES", 0, "Có mấy máy chuyển tiếp (nginx) đứng trước; 0 là không tin địa chỉ báo hộ.", int),
    Setting("LMS_CHECKS_A_MINUTE", 120, "Mỗi địa chỉ mạng được kiểm tra giấy mấy lần một phút; 0 là không hạn.", int),
    Setting("LMS_SIGN_INS_A_MINUTE", 60, "Mỗi địa chỉ mạng được thử đăng nhập mấy lần một phút; 0 là không hạn.", int),
    Setting("LMS_ISSUER_PARENT", "", "Cơ quan chủ quản in trên giấy tờ; bỏ trống là Ủy ban nhân dân của tỉnh."),
    Setting("LMS_ISSUER_NAME", "Sở Khoa học và Công nghệ", "Cơ quan cấp giấy chứng nhận."),
    Setting("LMS_ISSUER_CODE", "SKHCN", "Ký hiệu cơ quan trong số giấy chứng nhận."),
    Setting("LMS_ISSUER_PLACE", "", "Địa danh trước ngày tháng; bỏ trống là tên tỉnh."),
    Setting("LMS_SIGNER_TITLE", "GIÁM ĐỐC", "Chức vụ người ký; nhiều dòng cách nhau bằng dấu /."),
    Setting("LMS_SIGNER_NAME", "", "Họ tên người ký; bỏ trống để ký tay."),
    Setting("LMS_CERTIFICATE_DESIGN", "trang-trong", "Kiểu giấy ban đầu: trang-trong, le-hoi hoặc don-gian."),
    Setting("LMS_SIGN", "none", "Ký số giấy chứng nhận: none, pkcs12, pkcs11 hoặc elsewhere (ký ở máy khác)."),
    Setting("LMS_SIGN_KEY_FILE", "", "Tệp khóa PKCS#12 (.p12) nằm ngoài cơ sở dữ liệu."),
    Setting("LMS_SIGN_PASSPHRASE_FILE", "", "Tệp chứa mật khẩu của khóa PKCS#12."),
    Setting("LMS_SIGN_MODULE", "", "Thư viện PKCS#11 của thiết bị ký."),
    Setting("LMS_SIGN_TOKEN", "", "Nhãn của thiết bị ký PKCS#11."),
    Setting("LMS_SIGN_KEY_LABEL", "", "Nhãn của khóa trong thiết bị ký."),
    Setting("LMS_SIGN_PIN_FILE", "", "Tệp chứa mã PIN của thiết bị ký."),
    Setting("LMS_SIGN_CERTIFICATES", "", "Thư mục chứng thư số (PEM) của người được phép ký."),
    Setting("LMS_SIGN_ROOTS", "", "Thư mục chứng thư gốc (PEM) được tin cậy."),
    Setting("LMS_SIGN_TSA_URL", "", "Máy chủ cấp dấu thời gian; trống là không đóng dấu thời gian."),
    Setting("LMS_PUBLISH_DIR", "", "Thư mục nhận giấy đã cấp dạng tệp; trống là giay-da-cap trong thư mục dữ liệu."),
    Setting("LMS_BADGE_KEY", "", "Tệp khóa ký huy hiệu số; trống là một tệp trong thư mục dữ liệu, tự tạo lần đầu."),
    Setting("LMS_SLIP_DAYS", 30, "Phiếu đăng nhập dùng được trong bao nhiêu ngày.", int),
    Setting("LMS_PIN_TRIES", 5, "Nhập sai mã PIN mấy lần thì tài khoản đó phải chờ.", int),
    Setting("LMS_LOCK_MINUTES", 15, "Tài khoản nhập sai phải chờ bao nhiêu phút.", int),
    Setting("LMS_SIGN_IN_DAYS", 30, "Giữ đăng nhập trên máy riêng bao nhiêu ngày.", int),
    Setting("LMS_REPORT_CUTOFF_DAY", 20, "Ngày chốt báo cáo trong tháng cuối quý.", int),
    Setting("LMS_MAIL_URL", "", "Máy chủ gửi thư, như smtp://ten:matkhau@may-chu:587?starttls=1; trống là tắt."),
    Setting("LMS_MAIL_FROM", "", "Địa chỉ người gửi của thư; bắt buộc khi có máy chủ gửi thư."),
    Setting("LMS_QUIET_HOURS", "21:00-06:30", "Giờ nghỉ, không gửi thư; tính theo giờ Việt Nam."),
    Setting("LMS_MAX_UPLOAD_MB", 20, "Cỡ lớn nhất của một tệp tải lên, tính bằng MB.", int),
)


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Read every setting that the environment names, each as its own kind of value."""
    return {s.name: s.read(environment[s.name]) for s in SETTINGS if s.name in environment}


def apply_settings(app: Flask) -> None:
    """Fill in defaults, then refuse what is unsafe.

    Raises:
        Misconfigured: the secret is missing, short or well known; the message says the remedy.
    """
    for setting in SETTINGS:
        app.config.setdefault(setting.name, setting.default)
    secret = app.config["LMS_SECRET_KEY"] or app.secret_key or ""
    _check_secret(secret if isinstance(secret, str) else secret.decode("latin-1"))
    app.config["LMS_SECRET_KEY"] = secret
    if not app.secret_key:
        app.secret_key = secret
    data_dir = Path(app.config["LMS_DATA_DIR"]).absolute()
    app.config["LMS_DATA_DIR"] = str(data_dir)
    app.config["LMS_PUBLIC_URL"] = app.config["LMS_PUBLIC_URL"].rstrip("/")


def parent_agency(config: Mapping[str, Any], province: str) -> str:
    """Return the body above the issuer as papers name it; the province's people's committee by default."""
    return str(config["LMS_ISSUER_PARENT"]) or f"Ủy ban nhân dân {province}"


def database_url(app: Flask) -> str:
    """Return the SQLAlchemy address of the database: psycopg 3 for PostgreSQL, a file by default."""
    url: str = app.config["LMS_DATABASE_URL"] or f"sqlite:///{app.config['LMS_DATA_DIR']}/lms.sqlite"
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url[len(short) :]
    return url


def _check_secret(secret: str) -> None:
    if len(secret) >= 32 and secret.lower() not in _KNOWN_SECRETS and len(set(secret)) > 7:
        return
    raise Misconfigured(
        "LMS_SECRET_KEY chưa được đặt, quá ngắn hoặc dễ đoán nên hệ thống không khởi động. "
        "Hãy tạo một chuỗi bằng lệnh:  python3 -c 'import secrets; print(secrets.token_hex(32))'  "
        "rồi đặt vào biến môi trường LMS_SECRET_KEY (hoặc SECRET_KEY của ứng dụng chủ)."
    )
