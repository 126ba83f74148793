"""The addresses of the upload pages, which people have bookmarked."""

from django.urls import path

from dss_web.uploads import views

urlpatterns = [
    path("", views.start, name="start"),
    path("upload/", views.list_datasets, name="datasets"),
    path("upload/create/", views.create_dataset, name="create-dataset"),
    path("upload/created/<slug:slug>/", views.dataset_created, name="dataset-created"),
    path("upload/data/<slug:slug>/", views.dataset, name="dataset"),
    path("upload/data/<slug:slug>/verify/<uuid:file_id>/", views.verify, name="verify"),
    path("upload/data/<slug:slug>/restore/<uuid:file_id>/", views.restore, name="restore"),
    path("upload/data/<slug:slug>/uploaded/<uuid:file_id>/", views.uploaded, name="uploaded"),
    path("upload/data/<slug:slug>/uploaded/<uuid:file_id>/failed/", views.failed, name="failed"),
    path("upload/progress/<uuid:file_id>/", views.progress, name="progress"),
]
