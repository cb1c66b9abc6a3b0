"""Words a villager knows: Vietnamese syllables, and a short list of names from outside.

A foreign word is found by what it is not. Vietnamese is written in syllables, each an onset and
one of some hundred and fifty rimes; whatever is neither such a syllable nor on the list is foreign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Things people meet under just this name; then what stands on every office's wall; then peoples.
_NAMES = (
    "vneid vietqr zalo wi fi qr otp pin sim usb ocop etax mobile vssid napas money viettel vinaphone mobifone"
    " simo android iphone ai gps vnetraffic postmart voso gov vn"
    " ubnd bhyt bhxh cccd cmnd vnpt cnscđ antt ld passcode"
    " jrai bahnar khmer"
)
_ONSET_LIST = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIME_LIST = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây"
    " e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êc êng"
    " i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu"
    " o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong"
    " oong ooc op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt"
    " u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut"
    " uy uya uych uyên uyêt uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu"
    " y yêm yên yêng yêt yêu ych yn ynh yt"
)
ALLOWED = frozenset(_NAMES.split())

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_ONSETS = "|".join(sorted(_ONSET_LIST.split(), key=len, reverse=True))
_RIMES = "|".join(_RIME_LIST.split())
_SYLLABLE = re.compile(f"(?:{_ONSETS})?(?:{_RIMES})")
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\{[^{}]*\}|\]\([^()]*\)|(?<![\w-])[\w-]+(?:\.[\w-]+)+(?:/\S*)?|\bH'\w+", re.IGNORECASE)


def foreign_words(text: str) -> Iterator[str]:
    """Yield the words of a text that a villager would not know, each once; single letters are no words."""
    seen: set[str] = set()
    for word in _WORD.findall(_ADDRESS.sub(" ", text)):
        small = word.lower()
        if len(small) > 1 and small not in seen | ALLOWED and not is_vietnamese(small):
            seen.add(small)
            yield word


def is_vietnamese(syllable: str) -> bool:
    """Tell whether a syllable in lower case could be Vietnamese; its tone does not matter."""
    parts = unicodedata.normalize("NFD", syllable)
    toneless = unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in _TONES))
    return _SYLLABLE.fullmatch(toneless) is not None
