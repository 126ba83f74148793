"""The URLs of the documentation."""

from django.urls import path

from dss_web.docs import client_wheel, views

urlpatterns = [
    path("api/docs", views.show_docs, name="docs"),
    path("api/docs/", views.show_docs),
    path("api/docs/openapi.json", views.show_openapi, name="openapi"),
    path("api/docs/client/<str:name>", client_wheel.send_wheel, name="client-wheel"),
]
