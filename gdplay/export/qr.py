"""An address as a picture that phones read from a screen."""

import io

from gdplay.words import quantity

MOST = 2953
"""Characters that the largest QR code holds."""


def qr(text: str) -> str:
    """Return a QR code of `text` as SVG, dark on white, as wide as what it stands in.

    Raises
    ------
    ValueError
        If the text is too long for one.
    """
    import segno  # only here: everything else works without it

    size = len(text.encode())
    if size > MOST:
        raise ValueError(
            f"a QR code holds {quantity(MOST)} characters; this address has {quantity(size)}"
        )
    # Little correction, so that the squares are large: a screen has no torn corners.
    code = segno.make_qr(text, error="l", boost_error=False)
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=4, dark="#000", light="#fff", omitsize=True)
    return picture.getvalue().decode()
