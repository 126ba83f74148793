"""The addresses of the catalogue's pages."""

from typing import Final

from django.urls import path

from dss_web.catalogue import access_views, dataset_views, download_views, row_views, views

_DATASET: Final = "datasets/<slug:organisation>/<slug:dataset>/"

urlpatterns = [
    path("", views.front_page, name="start"),
    path("datasets/", views.datasets, name="catalogue"),
    path(_DATASET, dataset_views.about, name="catalogue-dataset"),
    path(f"{_DATASET}rows/", row_views.rows, name="catalogue-rows"),
    path(f"{_DATASET}versions/", dataset_views.versions, name="catalogue-versions"),
    path(f"{_DATASET}files/", dataset_views.files, name="catalogue-files"),
    path(f"{_DATASET}use/", dataset_views.use, name="catalogue-use"),
    path(f"{_DATASET}download/", download_views.download, name="catalogue-download"),
    path(f"{_DATASET}download/receipts/", download_views.receipts, name="catalogue-receipts"),
    path(f"{_DATASET}download/file/", download_views.file, name="catalogue-file"),
    path(f"{_DATASET}people/", access_views.people, name="catalogue-people"),
    path(f"{_DATASET}people/restriction/", access_views.restriction, name="catalogue-restriction"),
    path(f"{_DATASET}people/<int:grant_id>/", access_views.take_back, name="catalogue-take-back"),
]
