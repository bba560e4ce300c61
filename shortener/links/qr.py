"""QR codes (ISO/IEC 18004) of short links."""

import io

import segno


def qr_svg(url: str) -> str:
    """An SVG element without a fixed size: black on white, which scanners read in dark mode too."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, omitsize=True, svgclass="qr", lineclass=None, light="#fff", border=2
    )
    return out.getvalue().decode().strip()
