"""How static files are stored: names with a hash of their content, and a gzipped copy beside each."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Without Brotli, whose best level takes ten seconds at the first start and saves little."""

    def create_compressor(self, **options: Any) -> Compressor:
        """gzip alone, and not for source maps, which nobody loads."""
        extensions = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return Compressor(**{**options, "use_brotli": False, "extensions": extensions})
