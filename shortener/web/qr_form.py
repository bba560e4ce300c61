"""The form of the QR designer: wishes for a code, and what they amount to. Nothing of it is kept on the server: a logo
travels with the page."""

import base64
from typing import Any, get_args

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from shortener.links.errors import LinkError
from shortener.links.qr import BORDERS, SIZES, Format, QrStyle, checked_style
from shortener.links.qr_logo import MOST_BYTES
from shortener.web.forms import ServiceForm

KEPT_LIMIT = 600_000  # characters of a logo that goes into the page: its form must stay below a megabyte
QUIET_ZONE = 4  # modules around a code that the standard asks for
FORMATS: tuple[Format, ...] = get_args(Format)
PNG_URL = "data:image/png;base64,"


class ColourInput(forms.TextInput):
    """The browser's own picker."""

    input_type = "color"


class QrForm(ServiceForm):
    """How the code looks. `style` says what that amounts to."""

    color = forms.CharField(label=_("Colour"), required=False, initial="#000000", widget=ColourInput)
    background = forms.CharField(label=_("Background"), required=False, initial="#ffffff", widget=ColourInput)
    logo = forms.ChoiceField(
        label=_("Logo"),
        required=False,
        initial="",
        choices=[("", _("None")), ("site", _("This site’s")), ("own", _("My own"))],
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 512 KiB. It goes into the code and is not kept here."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    level = forms.ChoiceField(
        label=_("Spare parts"),
        required=False,
        initial="M",
        choices=[
            ("L", _("7 % may be damaged")),
            ("M", _("15 % may be damaged")),
            ("Q", _("25 % may be damaged")),
            ("H", _("30 % may be damaged")),
        ],
        help_text=_("More of them make a finer pattern. A logo always takes the most."),
    )
    border = forms.IntegerField(
        label=_("Border"),
        required=False,
        initial=QUIET_ZONE,
        help_text=_("In modules, the small squares. Scanners look for four."),
        widget=forms.NumberInput(attrs={"min": BORDERS.start, "max": BORDERS.stop - 1}),
    )
    size = forms.IntegerField(
        label=_("Size"),
        required=False,
        initial=1024,
        help_text=_("In pixels; of a PDF, in points."),
        widget=forms.NumberInput(attrs={"min": SIZES.start, "max": SIZES.stop - 1, "step": 64}),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        """`data` and `files`: what was sent, None for a new page."""
        super().__init__(data, files)
        self.logo_data = ""  # of a picture that was sent, for the page to send again

    def style(self) -> QrStyle | None:
        """The style of these wishes; None when something is wrong, which the form then says."""
        if not self.is_valid():
            return None
        wanted = self.cleaned_data
        try:
            style = checked_style(
                size=_or(wanted["size"], "size"),
                color=wanted["color"] or "#000000",
                background=wanted["background"] or "#ffffff",
                level=wanted["level"] or "M",
                border=_or(wanted["border"], "border"),
                logo=self._logo(),
            )
        except LinkError as error:
            self.take(LinkError({("file" if name == "logo" else name): said for name, said in error.errors.items()}))
            return None
        if wanted["logo"] == "own" and style.logo:
            url = PNG_URL + base64.b64encode(style.logo).decode()
            self.logo_data = url if len(url) <= KEPT_LIMIT else ""
        return style

    @property
    def hints(self) -> list[str]:
        """What is allowed, and yet to be thought about."""
        border = self.cleaned_data.get("border") if self.is_bound and self.is_valid() else None
        if border is not None and border < QUIET_ZONE:
            return [str(_("With less than four modules around it, leave a clear space of that colour when you print."))]
        return []

    def _logo(self) -> bytes | str | None:
        choice, file = self.cleaned_data["logo"], self.cleaned_data.get("file")
        if choice != "own":
            return choice or None
        if isinstance(file, UploadedFile):
            data: bytes = file.read(MOST_BYTES + 1)
            return data
        kept: str = self.cleaned_data["kept"]
        if not kept:
            raise LinkError({"logo": [str(_("Choose a picture."))]})
        return kept


def _or(given: int | None, name: str) -> int:
    return int(QrForm.base_fields[name].initial) if given is None else given
