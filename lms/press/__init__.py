"""The press: facts and a template go in, the bytes of a certificate come out.

There are two ways. The slow one lays the page out with WeasyPrint (`laying_out`). The quick one lays a
template out once (`compiling`), keeps all bytes that no person changes (`frozen`), and then writes only
each person's lines and code (`filling`). A compiled template is used after it has proved itself
(`proving`): no pixel and no letter may differ. What the quick way cannot do goes the slow way by itself.

Nothing here knows a table or a request. The layout engine is loaded only when it is needed.
"""

from lms.press.binding import PrintRun, zip_of
from lms.press.compiling import compile_template
from lms.press.facts import Facts
from lms.press.filling import NotCovered
from lms.press.frozen import Frozen, Stale
from lms.press.laying_out import NoRoom, crowded_lines, require_subsetter
from lms.press.pressing import Pressed, press
from lms.press.proving import Proof, prove
from lms.press.templates import Letterhead, Picture, Template
from lms.printing.paper import PaperFault

__all__ = [
    "Facts",
    "Frozen",
    "Letterhead",
    "NoRoom",
    "NotCovered",
    "PaperFault",
    "Picture",
    "Pressed",
    "PrintRun",
    "Proof",
    "Stale",
    "Template",
    "compile_template",
    "crowded_lines",
    "press",
    "prove",
    "require_subsetter",
    "zip_of",
]
