"""Small documents for tests: PDFs of plain pages, made by hand."""

from __future__ import annotations

FONT = "/Resources<</Font<</F1 3 0 R>>>>"


def a_pdf(*pages: str, title: str = "") -> bytes:
    """Return a PDF with one line of Latin text a page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 16 Tf 20 120 Td ({text}) Tj ET"
        bodies += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 200]/Contents {5 + 2 * number} 0 R{FONT}>>",
            f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        ]
    bodies.append(f"<</Title({title})>>")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size, start = len(bodies) + 1, len(out)
    head = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    tail = f"trailer<</Size {size}/Root 1 0 R/Info {len(bodies)} 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return out + (head + tail).encode()
