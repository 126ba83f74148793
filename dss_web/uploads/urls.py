"""The addresses of the upload pages, which people have bookmarked."""

from django.urls import path

from dss_web.uploads import about_views, check_views, history_views, member_views, plan_views, version_views, views
from dss_web.uploads.about import QUESTIONS

urlpatterns = [
    path("upload/", views.list_datasets, name="datasets"),
    path("upload/signed-in/", views.signed_in, name="signed-in"),
    path("upload/create/", views.create_dataset, name="create-dataset"),
    path("upload/created/<slug:slug>/", about_views.dataset_created, name="dataset-created"),
    path("upload/data/<slug:slug>/", views.dataset, name="dataset"),
    *(
        path(f"upload/data/<slug:slug>/about/{question.name}/", about_views.ask(question), name=question.url_name)
        for question in QUESTIONS
    ),
    path("upload/data/<slug:slug>/columns/", about_views.columns, name="columns"),
    path("upload/data/<slug:slug>/verify/<uuid:file_id>/", check_views.verify, name="verify"),
    path("upload/data/<slug:slug>/load/<uuid:file_id>/", plan_views.load, name="load-plan"),
    path("upload/data/<slug:slug>/read-again/<uuid:file_id>/", check_views.read_file_again, name="read-again"),
    path("upload/data/<slug:slug>/bad-values/<uuid:file_id>/", check_views.bad_values, name="bad-values"),
    path("upload/data/<slug:slug>/report/<uuid:file_id>/", check_views.report, name="report"),
    path("upload/data/<slug:slug>/report/<uuid:file_id>/json/", check_views.report_as_json, name="report-json"),
    path("upload/data/<slug:slug>/restore/<uuid:file_id>/", version_views.restore, name="restore"),
    path("upload/data/<slug:slug>/cancel/<uuid:file_id>/", version_views.cancel, name="cancel"),
    path("upload/data/<slug:slug>/check-again/<uuid:file_id>/", version_views.check_again, name="check-again"),
    path("upload/data/<slug:slug>/copy-again/<uuid:file_id>/", version_views.copy_again, name="copy-again"),
    path("upload/data/<slug:slug>/uploaded/<uuid:file_id>/", version_views.uploaded, name="uploaded"),
    path("upload/data/<slug:slug>/uploaded/<uuid:file_id>/failed/", version_views.failed, name="failed"),
    path("upload/data/<slug:slug>/people/", member_views.members, name="members"),
    path("upload/data/<slug:slug>/people/<int:member_id>/", member_views.remove, name="remove-member"),
    path("upload/data/<slug:slug>/version/<uuid:file_id>/", history_views.version, name="version"),
    path("upload/data/<slug:slug>/version/<uuid:file_id>/note/", history_views.note, name="note"),
    path("upload/data/<slug:slug>/version/<uuid:file_id>/original/", history_views.original, name="original"),
    path("upload/data/<slug:slug>/version/<uuid:file_id>/clean/", history_views.clean, name="clean"),
    path("upload/data/<slug:slug>/version/<uuid:file_id>/delete/", history_views.delete, name="delete-version"),
    path("upload/data/<slug:slug>/compare/", history_views.comparison, name="compare"),
    path("upload/data/<slug:slug>/manage/", history_views.manage, name="manage"),
    path("upload/data/<slug:slug>/archive/", history_views.archive, name="archive"),
    path("upload/data/<slug:slug>/delete/", history_views.delete, name="delete-dataset"),
    path("upload/deletions/", history_views.deletions, name="deletions"),
    path("upload/deletions/<int:deletion_id>/", history_views.deletion, name="deletion"),
    path("upload/progress/<uuid:file_id>/", version_views.progress, name="progress"),
]
