"""Made-up clicks, for trying things out: pictures, measurements, full pages."""
