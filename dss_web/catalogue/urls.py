"""The addresses of the catalogue's pages."""

from django.urls import path

from dss_web.catalogue import views

urlpatterns = [
    path("", views.front_page, name="start"),
    path("datasets/", views.datasets, name="catalogue"),
    path("datasets/<slug:organisation>/<slug:dataset>/", views.dataset, name="catalogue-dataset"),
]
