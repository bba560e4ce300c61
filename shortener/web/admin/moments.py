"""Times in the admin site: one field with the browser's own picker, where Django has two and a script."""

from typing import Any

from django import forms
from django.db import models

from shortener.web.forms import minute_picker

MOMENTS: dict[Any, dict[str, Any]] = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": minute_picker()}
}
