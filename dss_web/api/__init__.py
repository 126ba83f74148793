"""The API at /api/v1/. Django Ninja is used here only. From the declarations to the URLs:

routes.py            the routes over named tables, one declaration each
signed_operation.py  what every operation here declares: path, view, scope, and its description for clients
structure.py         table-structure: a table's columns
pages.py             table-data, the named routes and postcodes: pages of rows
page_query.py        the parameters of a page, and the URL of the next page
exports.py           table-export: a whole table in one stream
receipts.py          the receipt of an export
parameters.py        parameters that several operations have
responses.py         the response types that several operations have: errors, 304; and what the headers mean
operations.py        all of these operations
hawk_auth.py         HAWK as Ninja's authentication
error_handlers.py    errors → responses
urls.py              the operations → Ninja → Django's URLs
"""
