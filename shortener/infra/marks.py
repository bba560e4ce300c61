"""Marks in addresses that one floor puts there and another reads."""

QR_MARK = "qr=1"  # what the addresses in our QR codes end in, so that scans can be told from the rest
