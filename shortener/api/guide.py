"""For developers: a guide with examples to copy, and the same in short for language models."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from shortener.api.codes import CODES
from shortener.api.snippets import EXAMPLES, KEY, LANGUAGES


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """How to begin, with the address of this installation in every example; a script puts in the reader's key."""
    examples = [(example, list(example.written(settings.BASE_URL, KEY))) for example in EXAMPLES]
    context = {"examples": examples, "languages": LANGUAGES.items(), "placeholder": KEY}
    return render(request, "api/guide.html", context)


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """`/llms.txt` (llmstxt.org): what there is, in Markdown."""
    examples = [(example, next(example.written(settings.BASE_URL, KEY))[0]) for example in EXAMPLES]  # curl is first
    context = {"base": settings.BASE_URL, "examples": examples, "codes": sorted(CODES.items())}
    return render(request, "api/llms.txt", context, content_type="text/markdown; charset=utf-8")


app_name = "guide"
urlpatterns = [
    path("developers", guide, name="developers"),
    path("llms.txt", llms, name="llms"),
]
