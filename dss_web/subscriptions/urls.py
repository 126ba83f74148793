"""The addresses of following datasets, and of their feeds: below `feeds/` for programs, which cannot log in."""

from django.urls import path

from dss_web.subscriptions import views, webhook_views

urlpatterns = [
    path("datasets/followed/", views.followed, name="followed"),
    path("datasets/changes.atom", views.changes, name="changes"),
    path("datasets/<slug:organisation>/<slug:dataset>/follow/", views.follow, name="follow"),
    path("datasets/<slug:organisation>/<slug:dataset>/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("datasets/<slug:organisation>/<slug:dataset>/changes.atom", views.changes, name="dataset-changes"),
    path("feeds/changes.atom", views.changes_by_key, name="feed"),
    path("feeds/<slug:organisation>/<slug:dataset>/changes.atom", views.changes_by_key, name="dataset-feed"),
]
