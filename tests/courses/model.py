"""A course that meets every standard: five lessons, seven kinds of question, and all that goes beside them.

Written by the tests themselves, so that each rule can be proved by breaking it in one place.
"""

from courses import SourceFiles

TOPICS = {
    "mat-khau": "mật khẩu",
    "tin-nhan-la": "tin nhắn lạ",
    "ma-vach": "mã vạch",
    "vi-tien": "ví tiền",
    "so-tay": "sổ tay",
}

COURSE = """\
format: 1
slug: giu-minh
title: Giữ mình khi dùng điện thoại
summary: Giữ tiền, giữ mã, giữ lời khi dùng điện thoại.
audience: Thành viên Tổ công nghệ số cộng đồng
skills: [an-toan]
minutes: 40
rule:
  required: [mat-khau, tin-nhan-la, ma-vach]
  elective: [vi-tien, so-tay]
  elective_at_least: 1
license: CC BY 4.0
authors: [Nguyễn Thị Đẹp]
variables:
  - key: duong-day-nong
    label: Số đường dây nóng của tỉnh
    fallback: số tổng đài tỉnh đã công bố
"""

FACTS = """\
facts:
  - key: tong-dai
    text: Tổng đài hỗ trợ là {so}.
    values: {so: 1900.0368}
    mark: A
    source: Công văn 3701/VPCP-KSTT năm 2024 của Văn phòng Chính phủ
    checked: 2026-11-20
    review: 2027-05-20
  - key: han-muc
    text: Từ ngày {ngay}, chuyển trên {muc} một lần thì phải khớp khuôn mặt, phí không quá {phi}.
    values: {ngay: 1/7/2025, muc: 10 triệu đồng, phi: 1%}
    mark: A
    source: Quyết định 2345/QĐ-NHNN ngày 18/12/2023 của Ngân hàng Nhà nước
    checked: 2026-11-20
    review: 2027-11-20
  - key: do-dai
    text: Mật khẩu có từ {it} đến {nhieu} ký tự.
    values: {it: "8", nhieu: "20"}
    mark: A
    source: Hướng dẫn của Bộ Công an
    checked: 2026-11-20
    review: 2027-05-20
  - key: bao-tin
    text: Báo cuộc gọi lừa đảo bằng tin nhắn gửi số {so}.
    values: {so: "156"}
    source: Báo Nhân Dân ngày 31/10/2022
    checked: 2026-11-20
    review: 2027-05-20
  - key: khong-hoi-ma
    text: Ngân hàng không hỏi mã OTP.
    source: Khuyến cáo của Ngân hàng Nhà nước, theo báo Nhân Dân
    checked: 2026-11-20
    review: 2027-05-20
"""

LESSON = """\
---
title: Giữ @
minutes: 8
goal: Sau bài này, anh/chị giữ được @ theo quy định từ {han-muc.ngay}.
test: {draw: 5, pass: 80}
facts: [tong-dai, han-muc, do-dai, bao-tin, khong-hoi-ma]
---

## Tự giữ @ của mình
{: facts="khong-hoi-ma"}

![Màn hình có mũi tên quay lại ở trên, ô viết tin ở dưới.](media/man-hinh.svg)

Tự tay mình bấm, đừng nhờ người lạ. Ngân hàng không hỏi mã OTP.

## Chuyển nhiều thì quét khuôn mặt

Chuyển trên {han-muc.muc} thì phải quét khuôn mặt. Phí không quá {han-muc.phi}.
Xem thêm [bài tin nhắn lạ](bai:tin-nhan-la).

## Hỏi đúng chỗ

Gọi {tong-dai.so}, hoặc gọi {tinh.duong-day-nong}.

## Bẫy thường gặp: người lạ giục gấp
{: .trap facts="khong-hoi-ma"}

Cúp máy ngay. Nhắn tin báo số {bao-tin.so}.

## Bài tập an toàn: viết ra giấy
{: .exercise}

Mẹ bán rau được 50.000 đồng. Viết ra giấy ba việc mẹ nên làm.

## Hướng dẫn lại cho người khác
{: .teach}

**Nói gì:** “Bác cứ bấm chậm, cháu ngồi bên.”

**Biết là đã được:** bác tự làm lại một lần.

## Phiếu từng bước
{: .sheet}

![Màn hình có mũi tên quay lại.](media/man-hinh.svg)

1. Nhìn kỹ màn hình.
2. Tự tay mình bấm.
3. Cúp máy khi bị giục.
4. Ghi việc đã làm vào sổ. Mật khẩu thì dài từ {do-dai.it} chữ.
"""

QUESTIONS = """\
practice:
  - key: p1
    kind: choice
    text: Ai được giữ @ của bác?
    card: 1
    facts: [khong-hoi-ma]
    options:
      - text: Chỉ mình bác
        right: true
      - text: Người gọi đến hỏi
        help: Người gọi đến có thể là kẻ gian.
bank:
  - key: t1
    kind: choice
    text: Có người hỏi @, nên làm gì?
    card: 4
    options:
      - text: Cúp máy
        right: true
      - text: Đọc cho xong
        help: Đọc ra là mất; hãy cúp máy.
  - key: t2
    kind: choice
    text: Chuyển tiền mua @, mức nào phải quét khuôn mặt?
    card: 2
    options:
      - text: Trên 2 triệu đồng
        help: Mức này thấp hơn quy định.
      - text: Trên {han-muc.muc}
        right: true
  - key: t3
    kind: choice
    text: Hỏi về @ thì gọi số nào?
    card: 3
    options:
      - text: Số người lạ để lại
        help: Số ấy có thể của kẻ gian.
      - text: Số của hàng xóm
        help: Hàng xóm cũng phải hỏi như mình.
      - text: "{tong-dai.so}"
        right: true
  - key: t4
    kind: several
    text: Giữ @, việc nào nên làm?
    card: 1
    options:
      - text: Tự tay mình bấm
        right: true
      - text: Nhờ người lạ bấm
        help: Người lạ bấm thì người lạ biết.
      - text: Nhìn kỹ màn hình
        right: true
  - key: t5
    kind: truefalse
    text: Ngân hàng không hỏi mã OTP, kể cả khi nói về @.
    card: 1
    facts: [khong-hoi-ma]
    right: true
    help: Ngân hàng không hỏi mã OTP.
  - key: t6
    kind: truefalse
    text: Người lạ giục chuyển tiền mua @ thì chuyển ngay.
    card: 4
    right: false
    help: Bị giục thì dừng lại, cúp máy.
  - key: t7
    kind: truefalse
    text: Chuyển trên {han-muc.muc} mua @ thì phải quét khuôn mặt.
    card: 2
    right: true
    help: Từ ngày {han-muc.ngay}, ai cũng làm vậy.
  - key: t8
    kind: order
    text: Xếp các bước giữ @.
    card: 1
    steps: [Nhìn kỹ màn hình, Tự tay mình bấm, Ghi vào sổ]
    help: Nhìn trước rồi mới bấm.
  - key: t9
    kind: match
    text: Nối việc về @ với nơi hỏi.
    card: 3
    pairs:
      - {left: Bị lừa, right: Công an xã}
      - {left: Chưa hiểu, right: Tổ công nghệ số}
    help: Việc nào cũng có nơi để hỏi.
  - key: t10
    kind: short
    text: Báo tin lừa về @ gửi số nào?
    card: 4
    accept: ["{bao-tin.so}"]
    help: Số này có ba chữ số.
  - key: t11
    kind: tap
    text: Đang xem @, muốn quay lại thì chạm vào đâu?
    card: 1
    picture: man-hinh.svg
    alt: Màn hình có mũi tên ở góc trên và ô viết tin ở dưới.
    places:
      - {text: Mũi tên ở góc trên, at: [10, 10, 60, 60], right: true}
      - {text: Ô viết tin, at: [20, 320, 280, 60], help: Ô này để viết lời nhắn.}
"""

SKILL_CHECK = """\
skill: an-toan
questions:
  - key: s1
    kind: choice
    lesson: mat-khau
    card: 2
    text: Hôm nay bác Ba chuyển tiền mua bò, mức nào phải quét khuôn mặt?
    options:
      - text: Trên {han-muc.muc}
        right: true
      - text: Chuyển bao nhiêu cũng vậy
        help: Chỉ trên một mức mới phải quét.
  - key: s2
    kind: truefalse
    lesson: tin-nhan-la
    card: 4
    text: Có người xưng cán bộ giục bác Tư thì bác nên làm theo.
    right: false
    help: Bị giục thì dừng lại, cúp máy.
  - key: s3
    kind: order
    lesson: ma-vach
    card: 1
    text: Bác Năm mới tập. Xếp ba việc bác làm.
    steps: [Nhìn kỹ màn hình, Tự tay mình bấm, Ghi vào sổ]
    help: Nhìn trước rồi mới bấm.
  - key: s4
    kind: short
    lesson: vi-tien
    card: 4
    text: Bác Sáu bị lừa, nhắn tin báo số nào?
    accept: ["{bao-tin.so}"]
    help: Số này có ba chữ số.
  - key: s5
    kind: tap
    lesson: so-tay
    card: 1
    text: Bác Bảy muốn quay lại, bác chạm vào đâu?
    picture: man-hinh.svg
    alt: Màn hình có mũi tên ở góc trên và ô viết tin ở dưới.
    places:
      - {text: Ô viết tin, at: [20, 320, 280, 60], help: Ô này để viết lời nhắn.}
      - {text: Mũi tên ở góc trên, at: [10, 10, 60, 60], right: true}
"""

ZALO = """\
Bà con ơi, tự tay mình bấm, đừng nhờ người lạ. Bị giục thì cúp máy, nhắn tin báo số {bao-tin.so}.
Xem bài ngắn ở đây: {link}
"""

_STORY = (
    "Bác Ba ở xóm mình vừa bán được đàn gà. Có người gọi đến, giục bác đọc mã trên máy. "
    "Bác nhớ lời tổ dặn nên cúp máy ngay. Hôm sau bác ra xã hỏi cho rõ. Cán bộ bảo bác làm vậy là đúng."
)
_ADVICE = (
    "Việc thứ nhất, nhìn kỹ màn hình rồi hãy bấm. Việc thứ hai, tự tay mình bấm, đừng nhờ người lạ. "
    "Việc thứ ba, bị giục thì dừng lại. Bấm nhầm đã có nút quay lại, không hỏng gì đâu."
)
LOUDSPEAKER = f"""\
# Giữ tiền trong máy của mình

Kính chào bà con cô bác. Hôm nay, tổ công nghệ số xin kể một chuyện ngắn.

{_STORY}

Từ ngày {{han-muc.ngay}}, chuyển trên {{han-muc.muc}} thì phải quét khuôn mặt.

{_ADVICE}

{_STORY}

Cần hỏi, bà con gọi {{tong-dai.so}}. Bà con cũng có thể gọi {{tinh.duong-day-nong}}.

{_ADVICE}

{_STORY}

{_ADVICE}

Xin cảm ơn bà con đã lắng nghe.
"""

DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 400">
<title>Màn hình</title>
<rect x="10" y="10" width="60" height="60" fill="#ddd"/>
<rect x="20" y="320" width="280" height="60" fill="#ddd"/>
</svg>
"""


def model_files() -> SourceFiles:
    """Return the source files of the model course."""
    files = {
        "course.yml": COURSE,
        "facts.yml": FACTS,
        "skill-check.yml": SKILL_CHECK,
        "loudspeaker.md": LOUDSPEAKER,
        "zalo.txt": ZALO,
        "media/man-hinh.svg": DRAWING,
    }
    for number, (slug, topic) in enumerate(TOPICS.items(), start=1):
        files[f"lessons/{number:02d}-{slug}.md"] = LESSON.replace("@", topic)
        files[f"questions/{number:02d}-{slug}.yml"] = QUESTIONS.replace("@", topic)
    return {path: text.encode() for path, text in files.items()}
