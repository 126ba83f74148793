"""The URLs of the documentation."""

from django.urls import path

from dss_web.docs import client_wheel, views

urlpatterns = [
    path("api/docs", views.show_docs, name="docs"),
    path("api/docs/", views.show_docs),
    path("api/docs/openapi.json", views.show_openapi, name="openapi"),
    path("api/docs/client/<str:name>", client_wheel.send_wheel, name="client-wheel"),
    path("api/docs/search", views.show_search, name="docs-search"),
    path("api/docs/sign", views.show_signing, name="docs-sign"),
    path("api/docs/tables", views.show_tables, name="docs-tables"),
    path("api/docs/changelog", views.show_changelog, name="docs-changelog"),
    path("api/docs/guide/<slug:name>", views.show_guide, name="docs-guide"),
    path("api/docs/guide/<slug:name>.md", views.show_markdown),
    # Before the groups, of which none has these names.
    path("api/docs/reference/responses", views.show_responses, {"name": "responses"}),
    path("api/docs/reference/errors", views.show_responses, {"name": "errors"}),
    path("api/docs/reference/<slug:name>", views.show_group, name="docs-group"),
    path("llms.txt", views.show_llms_txt, name="llms"),
]
