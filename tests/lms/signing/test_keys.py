"""Keys: a file or a device, named by the settings; whatever is wrong is said before anything is signed."""

import dataclasses
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lms.errors import Misconfigured
from lms.signing import settings
from lms.signing.checking import check_signature
from lms.signing.keys import TokenKey
from lms.signing.refusals import KeySilent
from lms.signing.settings import SigningSettings
from lms.signing.signatures import sign
from lms.signing.signers import Signer, load_signer
from lms.signing.trust import Trust, load_trust
from lms.signing.updates import plan_update
from tests.lms.signing.authorities import ISSUED, NOW, Holder, certificate_for, root, signer
from tests.lms.signing.device import SOFTHSM, plugged_in
from tests.lms.signing.papers import paper

TRUST = Trust(allowed=frozenset(one.der for one in (signer(), signer("ecdsa"), signer("rsa"))))


def signed(seal: Signer) -> bytes:
    base = paper()
    return base + sign(base, b"", plan_update(base), seal, at=ISSUED)


@pytest.fixture
def key_file(tmp_path):
    file = tmp_path / "khoa.p12"
    file.write_bytes(signer().as_file(b"bi mat"))
    return file


def test_without_a_key_there_is_no_signer():
    for way in ("none", "elsewhere"):
        assert load_signer(SigningSettings(way=way)) is None


def test_a_key_file_signs(key_file):
    seal = load_signer(SigningSettings(way="pkcs12", key_file=key_file, passphrase="bi mat"))
    assert check_signature(signed(seal), TRUST, now=NOW).is_good


def test_the_passphrase_may_stand_in_a_file(key_file, tmp_path):
    (tmp_path / "mat-khau").write_text("bi mat\n")
    settings = SigningSettings(way="pkcs12", key_file=key_file, passphrase="sai", passphrase_file=tmp_path / "mat-khau")
    assert load_signer(settings)


def test_secrets_are_never_written_out():
    chosen = SigningSettings(passphrase="bi mat", pin="4321")
    assert "bi mat" not in repr(chosen)
    assert "4321" not in repr(chosen)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"passphrase": "sai"}, "sai mật khẩu"),
        ({"key_file": None}, "chưa cài đặt tệp khóa ký"),
        ({"key_file": Path("/khong/co")}, "Không đọc được tệp khóa ký"),
        ({"passphrase_file": Path("/khong/co")}, "Không đọc được tệp mật khẩu"),
        ({"way": "pkcs13"}, "không có"),
        ({"way": "pkcs11"}, "chưa cài đặt mô-đun"),
        ({"stamp_url": "ftp://tsa"}, "https://"),
    ],
)
def test_a_wrong_setting_is_told_at_once(key_file, change, words):
    right = {"way": "pkcs12", "key_file": key_file, "passphrase": "bi mat"}
    with pytest.raises(Misconfigured, match=words):
        load_signer(SigningSettings(**(right | change)))


def test_a_file_that_holds_no_key_is_told(tmp_path):
    file = tmp_path / "khoa.p12"
    file.write_bytes(b"khong phai khoa")
    with pytest.raises(Misconfigured, match="PKCS#12"):
        load_signer(SigningSettings(way="pkcs12", key_file=file))


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP521R1())])
def test_a_key_of_another_kind_is_told(tmp_path, key):
    file = tmp_path / "khoa.p12"
    file.write_bytes(Holder(key, certificate_for("Khóa lạ", key, root())).as_file())
    with pytest.raises(Misconfigured, match="RSA từ 2048 bit"):
        load_signer(SigningSettings(way="pkcs12", key_file=file))


def test_without_the_library_a_named_key_is_told(key_file, monkeypatch):
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match=r"bdhvs-lms\[sign\]"):
        load_signer(SigningSettings(way="pkcs12", key_file=key_file, passphrase="bi mat"))
    with pytest.raises(Misconfigured):
        load_signer(SigningSettings(way="elsewhere"))
    with pytest.raises(Misconfigured):
        check_signature(paper(), TRUST, now=NOW)
    assert load_signer(SigningSettings()) is None


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    with plugged_in(tmp_path_factory.mktemp("softhsm")) as settings_of_the_device:
        yield settings_of_the_device


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_device_signs(token, kind, tmp_path):
    (tmp_path / "pin").write_text("4321")
    seal = load_signer(replaced(token, key_label=kind, pin="", pin_file=tmp_path / "pin"))
    report = check_signature(signed(seal), TRUST, now=NOW)
    assert report.is_good
    seal.key.close()


@pytest.mark.parametrize(
    "change", [{"token": "khac"}, {"pin": "0000"}, {"key_label": "khac"}, {"module": Path("/khong/co")}]
)
def test_a_device_that_cannot_be_opened_is_told(token, change):
    with pytest.raises(Misconfigured, match="thiết bị"):
        load_signer(replaced(token, **({"key_label": "rsa"} | change)))


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_device_that_falls_silent_signs_nothing(token, kind):
    key = TokenKey(SOFTHSM, "so-khcn", "4321", kind)
    seal = Signer(key)
    key.close()
    key.close()
    with pytest.raises(KeySilent):
        signed(seal)


def replaced(settings, **changes):
    return dataclasses.replace(settings, **changes)


def test_trust_is_read_from_folders(tmp_path):
    listed, roots = tmp_path / "duoc-ky", tmp_path / "goc"
    listed.mkdir()
    roots.mkdir()
    (listed / "so.pem").write_bytes(signer().pem + signer("rsa").pem)
    (listed / "so.cer").write_bytes(signer("rsa").der)
    (listed / "ghi-chu.txt").write_text("không phải chứng thư")
    (roots / "goc.crt").write_bytes(root().der)
    trust = load_trust(SigningSettings(certificates=listed, roots=roots))
    assert trust == Trust(frozenset({signer().der, signer("rsa").der}), frozenset({root().der}))
    assert load_trust(SigningSettings(), own=[signer().certificate]).allowed == {signer().der}


def test_a_folder_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(Misconfigured, match="thư mục"):
        load_trust(SigningSettings(roots=tmp_path / "khong-co"))
    (tmp_path / "hong.pem").write_text("-----BEGIN CERTIFICATE-----\nhỏng")
    with pytest.raises(Misconfigured, match=r"hong\.pem"):
        load_trust(SigningSettings(certificates=tmp_path))
