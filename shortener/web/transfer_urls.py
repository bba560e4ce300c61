from django.urls import path

from shortener.web.views import transfer

urlpatterns = [
    path("import", transfer.start, name="import"),
    path("import/<import_id>", transfer.one, name="import-job"),
    path("import/<import_id>/problems.csv", transfer.problems, name="import-problems"),
    path("export", transfer.export_page, name="export"),
    path("export/file", transfer.export_file, name="export-file"),
]
