"""What each URL of the project asks of people, for reading it and for sending a form to it. Every URL is here."""

from typing import Final

# Everybody: SSO's way in and out, what says that the service lives, and documentation without data.
OPEN: Final = "open"
# A client's HAWK signature, or a token. People do not get in, whoever they are.
CLIENT: Final = "client"
# A role, or a role and a right to the dataset.
READ: Final = "read"
CREATE: Final = "create"
UPLOAD: Final = "upload"
OWN: Final = "own"
ADMIN: Final = "admin"

# By route: what GET asks, and what POST asks.
PAGES: Final[dict[str, tuple[str, str]]] = {
    "": (OPEN, OPEN),
    "healthcheck/": (OPEN, OPEN),
    "healthcheck": (OPEN, OPEN),
    "readiness/": (OPEN, OPEN),
    "readiness": (OPEN, OPEN),
    "metrics": (CLIENT, CLIENT),
    "login": (OPEN, OPEN),
    "login/authorised": (OPEN, OPEN),
    "logout": (OPEN, OPEN),
    # Says who somebody is, to the proxy that carries their session; and the page for those who are nobody there.
    "operations/authorise/": (OPEN, OPEN),
    "operations/refused/": (OPEN, OPEN),
    "accessibility/": (OPEN, OPEN),
    "privacy/": (OPEN, OPEN),
    "cookies/": (OPEN, OPEN),
    "api/docs": (OPEN, OPEN),
    "api/docs/": (OPEN, OPEN),
    "api/docs/openapi.json": (OPEN, OPEN),
    "api/docs/client/<str:name>": (OPEN, OPEN),
    "api/docs/search": (OPEN, OPEN),
    "api/docs/sign": (OPEN, OPEN),
    "api/docs/tables": (OPEN, OPEN),
    "api/docs/changelog": (OPEN, OPEN),
    "api/docs/guide/<slug:name>": (OPEN, OPEN),
    "api/docs/guide/<slug:name>.md": (OPEN, OPEN),
    "api/docs/reference/responses": (OPEN, OPEN),
    "api/docs/reference/errors": (OPEN, OPEN),
    "api/docs/reference/<slug:name>": (OPEN, OPEN),
    "llms.txt": (OPEN, OPEN),
    "admin/login/": (OPEN, OPEN),
    "admin/logout/": (OPEN, OPEN),
    # Leads to a page of the administration, which asks.
    "^admin/registry/(?P<page>hawkclient/.*)": (READ, CREATE),
    "datasets/": (READ, CREATE),
    "datasets/<slug:organisation>/<slug:dataset>/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/rows/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/versions/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/files/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/use/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/download/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/download/receipts/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/download/file/": (READ, UPLOAD),
    "datasets/<slug:organisation>/<slug:dataset>/people/": (OWN, OWN),
    "datasets/<slug:organisation>/<slug:dataset>/people/restriction/": (OWN, OWN),
    "datasets/<slug:organisation>/<slug:dataset>/people/<int:grant_id>/": (OWN, OWN),
    "datasets/<slug:organisation>/<slug:dataset>/follow/": (READ, READ),
    "datasets/<slug:organisation>/<slug:dataset>/webhooks/": (OWN, OWN),
    "datasets/<slug:organisation>/<slug:dataset>/changes.atom": (READ, UPLOAD),
    "datasets/changes.atom": (READ, CREATE),
    "datasets/followed/": (READ, READ),
    # The key of a person, for feed readers, which cannot log in.
    "feeds/changes.atom": (CLIENT, CLIENT),
    "feeds/<slug:organisation>/<slug:dataset>/changes.atom": (CLIENT, CLIENT),
    "upload/": (READ, CREATE),
    "upload/signed-in/": (READ, CREATE),
    "upload/mail/": (READ, READ),
    "upload/create/": (CREATE, CREATE),
    "upload/created/<slug:slug>/": (READ, UPLOAD),
    "upload/data/<slug:slug>/": (READ, UPLOAD),
    "upload/data/<slug:slug>/about/title/": (OWN, OWN),
    "upload/data/<slug:slug>/about/description/": (OWN, OWN),
    "upload/data/<slug:slug>/about/contact/": (OWN, OWN),
    "upload/data/<slug:slug>/about/licence/": (OWN, OWN),
    # Whoever brings the first file answers this one.
    "upload/data/<slug:slug>/about/personal-data/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/about/classification/": (OWN, OWN),
    "upload/data/<slug:slug>/columns/": (READ, UPLOAD),
    "upload/data/<slug:slug>/people/": (OWN, OWN),
    "upload/data/<slug:slug>/people/<int:member_id>/": (OWN, OWN),
    "upload/data/<slug:slug>/verify/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/load/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/read-again/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/bad-values/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/report/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/report/<uuid:file_id>/json/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/restore/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/cancel/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/check-again/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/copy-again/<uuid:file_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/uploaded/<uuid:file_id>/": (READ, UPLOAD),
    "upload/data/<slug:slug>/uploaded/<uuid:file_id>/failed/": (READ, UPLOAD),
    "upload/data/<slug:slug>/version/<uuid:file_id>/": (READ, UPLOAD),
    "upload/data/<slug:slug>/version/<uuid:file_id>/note/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/version/<uuid:file_id>/original/": (READ, UPLOAD),
    "upload/data/<slug:slug>/version/<uuid:file_id>/clean/": (READ, UPLOAD),
    "upload/data/<slug:slug>/version/<uuid:file_id>/delete/": (OWN, OWN),
    "upload/data/<slug:slug>/compare/": (READ, UPLOAD),
    "upload/data/<slug:slug>/manage/": (OWN, OWN),
    "upload/data/<slug:slug>/archive/": (OWN, OWN),
    "upload/data/<slug:slug>/delete/": (OWN, OWN),
    "upload/data/<slug:slug>/arriving/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/parts/<int:number>/": (UPLOAD, UPLOAD),
    "upload/data/<slug:slug>/arriving/<uuid:arrival_id>/complete/": (UPLOAD, UPLOAD),
    "upload/deletions/": (READ, CREATE),
    "upload/deletions/<int:deletion_id>/": (READ, CREATE),
    "upload/progress/<uuid:file_id>/": (READ, CREATE),
}
# Below these everything is for administrators. A model that is added to the admin site is added here.
ADMINISTRATION: Final = (
    # The lists of an app's models.
    "admin/^(?P<app_label>",
    "admin/accounts/user/",
    "admin/hawk/hawkclient/",
    "admin/registry/",
)
# The admin site's own: its index, and what finds an object's page.
ADMIN_SITE: Final = (
    "admin/",
    "admin/autocomplete/",
    "admin/jsi18n/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/r/<int:content_type_id>/<path:object_id>/",
    "admin/(?P<url>.*)$",
)


def asked_by(route: str) -> tuple[str, str] | None:
    """What a route asks for GET and for POST; None if nobody has decided it."""
    if route in PAGES:
        return PAGES[route]
    if route in ADMIN_SITE or route.startswith(ADMINISTRATION):
        return (ADMIN, ADMIN)
    return (CLIENT, CLIENT) if route.startswith("api/v1/") else None
