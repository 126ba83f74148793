"""The addresses of the catalogue's pages."""

from django.urls import path

from dss_web.catalogue import access_views, views

urlpatterns = [
    path("", views.front_page, name="start"),
    path("datasets/", views.datasets, name="catalogue"),
    path("datasets/<slug:organisation>/<slug:dataset>/", views.dataset, name="catalogue-dataset"),
    path("datasets/<slug:organisation>/<slug:dataset>/people/", access_views.people, name="catalogue-people"),
    path(
        "datasets/<slug:organisation>/<slug:dataset>/people/restriction/",
        access_views.restriction,
        name="catalogue-restriction",
    ),
    path(
        "datasets/<slug:organisation>/<slug:dataset>/people/<int:grant_id>/",
        access_views.take_back,
        name="catalogue-take-back",
    ),
]
