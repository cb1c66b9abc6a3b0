"""What a camera sees: a film that shows a QR code, as Chromium's pretended camera plays it."""

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
_DARK, _LIGHT, _GREY = 16, 235, 128


def film_of(path: Path, *codes: str, frames: int = 15) -> Path:
    """Write an uncompressed film that shows each code for a second and a half, over and over."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for code in codes:
            picture = _luma(code) + bytes([_GREY]) * (WIDTH * HEIGHT // 2)
            film.write((b"FRAME\n" + picture) * frames)
    return path


def _luma(code: str) -> bytes:
    modules = [[bool(cell) for cell in row] for row in segno.make_qr(code, error="m").matrix]
    scale = (HEIGHT - 80) // len(modules)
    left, top = (WIDTH - scale * len(modules)) // 2, (HEIGHT - scale * len(modules)) // 2
    picture = bytearray([_LIGHT]) * (WIDTH * HEIGHT)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                for line in range(top + y * scale, top + (y + 1) * scale):
                    start = line * WIDTH + left + x * scale
                    picture[start : start + scale] = bytes([_DARK]) * scale
    return bytes(picture)
