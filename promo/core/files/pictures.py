"""What happens to photographs: turned upright, stripped of place, device and people; HEIC becomes JPEG."""

from __future__ import annotations

import threading
from typing import BinaryIO

import pillow_heif
from flask_babel import lazy_gettext as _l
from PIL import Image, ImageOps, UnidentifiedImageError

from promo.core.errors import Refused

MOST_PIXELS = 50_000_000  # what the largest phones take; 150 MB in memory
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
_one_at_a_time = threading.Semaphore(1)  # bounds the memory of a process

pillow_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def is_picture(type: str) -> bool:
    """Whether files of this type are cleaned."""
    return type in _FORMATS


def clean(source: BinaryIO, type: str, target: BinaryIO) -> str:
    """Write the picture without its metadata into ``target``; return its type (HEIC has become JPEG).

    The size is read from the header before a pixel is unpacked. Raises :class:`Refused` for one that is broken or
    larger than :data:`MOST_PIXELS`.
    """
    try:
        with _one_at_a_time:
            return _clean(source, type, target)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(_l("The picture has too many pixels. Make it smaller and send it again.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, ArithmeticError, RuntimeError) as error:
        raise Refused(_l("The picture is damaged and can't be opened. Send it again, or another one.")) from error


def _clean(source: BinaryIO, type: str, target: BinaryIO) -> str:
    source.seek(0)
    with Image.open(source, formats=[_FORMATS[type]]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        colours = opened.info.get("icc_profile")
        turned = (opened.getexif().get(0x0112) or 1) != 1
        if type == "image/jpeg" and not turned:
            opened.save(target, "JPEG", quality="keep", icc_profile=colours, exif=b"", comment=b"")
            return type
        upright = ImageOps.exif_transpose(opened)
        upright.info.clear()  # text, dates, thumbnails: whatever the format lets one hide
        if type in ("image/jpeg", "image/heic"):
            upright.convert("RGB").save(target, "JPEG", quality=90, icc_profile=colours)
            return "image/jpeg"
        if type == "image/png":
            upright.save(target, "PNG", icc_profile=colours)
        else:
            upright.save(target, "WEBP", quality=90, icc_profile=colours or b"")
        return type
