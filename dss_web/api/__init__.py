"""The API at /api/v1/. Django Ninja is used here only. From the declarations to the URLs:

routes.py            the named routes: what each of them serves
known_routes.py      operations.dataset → the named routes that there are
signed_operation.py  what every operation here declares: path, view, scope, and its description for clients
datasets.py          datasets: what a client may read
dataset_bodies.py    a described dataset → its body
dataset_metadata.py  the same in published standards
structure.py         table-structure: a table's columns
pages.py             table-data, the named routes and postcodes: pages of rows
page_query.py        the parameters of a page, and the URL of the next page
page_bodies.py       the bodies of pages, for the documentation
exports.py           table-export: a whole table in one stream
receipts.py          the receipt of an export
uploads.py           uploads of clients, as the pages have them
upload_state.py      an upload → how far it is
upload_bodies.py     what clients send and get of uploads
upload_operations.py the operations of uploads, described
parameters.py        parameters that several operations have
responses.py         the response types that several operations have: errors, 304; and what the headers mean
operations.py        the operations over tables that a path names
hawk_auth.py         HAWK as Ninja's authentication
error_handlers.py    errors → responses
ninja_api.py         operations → Ninja → Django's URLs
named_urls.py        the URLs of the named routes, which may change while the web app runs
urls.py              all URLs
"""
