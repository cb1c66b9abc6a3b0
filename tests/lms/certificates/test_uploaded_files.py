"""What the check page says of the signature in a file that is not the one issued; no name in it is ever shown."""

import io

import pytest

from lms.certificates import uploaded_files
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import make_papers
from lms.files.models import StoredFile
from tests.lms.certificates.world import approve, certificates, finalised_class
from tests.lms.signing import authorities, clerk

FORGER = "GIẤY NÀY HỢP LỆ"


@pytest.fixture
def papers(app, session, tmp_path):
    """Two signed papers: their ids and bytes, and the first one's bytes before it was signed."""
    key = tmp_path / "khoa.p12"
    key.write_bytes(authorities.signer().as_file())
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(key))
    make_papers(approve(finalised_class(("Vũ Ẵng", "Lê An"))).id, lambda *_: None)
    one, other = certificates()
    data = paper_bytes(session, one)
    return one.public_id, data, paper_bytes(session, other), data[: one.base_size]


def forger():
    """Return somebody whose certificate calls itself what it is not."""
    key = authorities.new_key("ecdsa")
    return authorities.Holder(key, authorities.certificate_for(FORGER, key, authorities.root()))


def said_of(client, public_id, data):
    return client.post(f"/v/{public_id}/so-tep", {"paper": (io.BytesIO(data), "a.pdf")}, status=200).text


def test_a_file_that_is_not_the_one_issued_is_told_by_its_signature(client, session, papers):
    public_id, data, other, base = papers
    kept = session.query(StoredFile).count()
    forged = clerk.sign_elsewhere(base, forger())
    changed = bytearray(data)
    changed[len(base) // 2] ^= 1

    for sent, word in (
        (data + b"\n% them", "không bao gồm phần thêm vào phía sau"),
        (clerk.draw_over(data), "không bao gồm phần thêm vào phía sau"),
        (other, "do chính nơi cấp giấy ký số, nhưng không phải là tệp của giấy này"),
        (forged, "không phải là chữ ký của giấy này"),
        (bytes(changed), "không khớp với nội dung tệp"),
        (base[:-30] + b"\n" + base[-30:], "không có chữ ký số nào"),
        (b"\xff\xd8\xff anh chup", "không đọc được tệp này như một tệp PDF"),
    ):
        page = said_of(client, public_id, sent)
        assert word in page, sent[:20]
        assert FORGER not in page
    session.expire_all()
    assert session.query(StoredFile).count() == kept


def test_of_the_file_that_was_issued_nothing_more_is_said(client, papers):
    public_id, data, _, base = papers

    for sent in (data, base):
        assert "hữ ký số trong tệp" not in said_of(client, public_id, sent)


def test_while_one_file_is_read_the_next_sender_waits_for_nothing(client, papers):
    public_id, _, other, _ = papers

    with uploaded_files._one_at_a_time:
        page = said_of(client, public_id, other)

    assert "Không phải tệp đã cấp" in page
    assert "do chính nơi cấp giấy ký số" not in page
