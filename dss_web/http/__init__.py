"""What the whole site shares about requests and responses. In the order of a request:

proxies.py             which proxies are trusted, and what they say of the client
request_url.py         the URL by which the client reached us, and its address
request_context.py     what the layers learn about a request and hand on
browser_middleware.py  sessions, forms and the like: for people's pages only
background_requests.py forms that a page's script sends
client_views.py        views for programs: open to programs, read-only, with an ETag
query_parameters.py    parameters that are the same for pages and exports
errors.py              the errors that end a request → responses
bodies.py              JSON bodies as models, and the ones that errors have
responses.py           a body → a JSON response
operation.py           how an operation is described for the documentation
"""
