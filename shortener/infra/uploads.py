"""How large an upload may be. Files go to disk as they come in; what is too long is not read at all."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MEBIBYTE = 1024 * 1024  # bytes
PICTURES = 2 * MEBIBYTE  # of a form with files, by default
LARGE_FILE = 250 * MEBIBYTE  # of one with links, from somebody who is known: a million rows have about half of it
LARGE = LARGE_FILE + MEBIBYTE  # of the form around it, on the pages of LARGE_PATHS and in the API
LARGE_PATHS = ("/app/import",)
API = "/api/"  # looks at the length itself (`api.middleware`)


class UploadTooLarge(RequestDataTooBig):
    """`limit`: bytes that may be sent."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an upload of more than {limit} bytes")
        self.limit = limit


class UploadLimit(FileUploadHandler):
    """First in FILE_UPLOAD_HANDLERS: looks at the announced length, and leaves the files to the others."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Refuse what is too long with `UploadTooLarge` (`web.views.mistakes` answers it)."""
        request = self.request
        if request is None or request.path_info.startswith(API):
            return
        user = getattr(request, "user", None)
        is_large = request.path_info.startswith(LARGE_PATHS) and user is not None and user.is_authenticated
        limit = LARGE if is_large else PICTURES
        if content_length > limit:
            raise UploadTooLarge(LARGE_FILE if is_large else PICTURES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """For the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has it."""
