"""Signing a badge: the example of the Open Badges specification, to the last letter."""

import copy

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld

from lms.certificates.badge_proofs import ForeignContext, base58, sign, what_is_signed

# Open Badges 3.0, implementation guide, "Linked Data Proof Test Vector for Open Badges 3.0".
KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4")
)
METHOD = "https://example.edu/issuers/565049#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
CREATED = "2010-01-01T19:23:24Z"
PROOF_HASH = "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"
DOCUMENT_HASH = "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
PROOF_VALUE = "z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr"
CREDENTIAL = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "http://example.com/credentials/3527",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {
        "id": "https://example.edu/issuers/565049",
        "type": ["Profile"],
        "url": "https://www.imsglobal.org",
        "name": "Example Corp",
    },
    "validFrom": "2010-01-01T00:00:00Z",
    "name": "Teamwork Badge",
    "credentialSubject": {
        "id": "did:example:ebfeb1f712ebc6f1c276e12ec21",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.com/achievements/21st-century-skills/teamwork",
            "type": ["Achievement"],
            "criteria": {
                "narrative": "Team members are nominated for this badge by their peers and recognized upon review by "
                "Example Corp management."
            },
            "description": "This badge recognizes the development of the capacity to collaborate within a group "
            "environment.",
            "name": "Teamwork",
        },
    },
}


def test_the_example_of_the_specification_comes_out_to_the_last_letter():
    signed = sign(CREDENTIAL, key=KEY, method=METHOD, created=CREATED)
    proof = {key: value for key, value in signed["proof"].items() if key != "proofValue"}

    assert what_is_signed(CREDENTIAL, proof).hex() == PROOF_HASH + DOCUMENT_HASH
    assert signed["proof"]["proofValue"] == PROOF_VALUE
    assert {key: value for key, value in signed.items() if key != "proof"} == CREDENTIAL


def test_another_order_of_writing_is_the_same_and_another_word_is_not():
    signed = sign(CREDENTIAL, key=KEY, method=METHOD, created=CREATED)["proof"]
    turned = dict(reversed(CREDENTIAL.items()))
    altered = copy.deepcopy(CREDENTIAL)
    altered["credentialSubject"]["achievement"]["name"] = "Teamworк"
    proof = {key: value for key, value in signed.items() if key != "proofValue"}
    signature = KEY.sign(what_is_signed(CREDENTIAL, proof))

    KEY.public_key().verify(signature, what_is_signed(turned, proof))
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, what_is_signed(altered, proof))
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(signature, what_is_signed(CREDENTIAL, proof | {"created": "2010-01-02T19:23:24Z"}))


def test_no_vocabulary_is_ever_fetched():
    for address in ("https://www.w3.org/2018/credentials/v1", "http://127.0.0.1/x", "file:///etc/hostname"):
        with pytest.raises(jsonld.JsonLdError) as caught:
            sign(CREDENTIAL | {"@context": [address]}, key=KEY, method=METHOD, created=CREATED)
        fault = caught.value
        while fault.__cause__ is not None:
            fault = fault.__cause__
        assert isinstance(fault, ForeignContext)


def test_bytes_are_written_as_multibase_writes_them():
    assert base58(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert base58(b"\0\0\x28\x7f\xb4\xcd") == "z11233QC4"
