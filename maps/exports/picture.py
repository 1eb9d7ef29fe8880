"""The first page of a PDF as a picture, so that the picture is the sheet and not another drawing of it."""

from __future__ import annotations

import io


def png(document: bytes, *, dots_per_inch: int = 200) -> bytes:
    """Return the first page of a PDF as PNG.

    Raises
    ------
    ValueError
        If there is no page.
    """
    import pypdfium2

    book = pypdfium2.PdfDocument(document)
    try:
        if not len(book):
            raise ValueError("the document has no page")
        page = book[0]
        bitmap = page.render(scale=dots_per_inch / 72)
        picture = bitmap.to_pil()
        written = io.BytesIO()
        picture.save(written, "PNG", optimize=False, dpi=(dots_per_inch, dots_per_inch))
        bitmap.close()
        page.close()
    finally:
        book.close()
    return written.getvalue()
