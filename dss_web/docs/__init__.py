"""What clients need to know: the OpenAPI document, and the page on which people read it.

openapi.py                  operations (`dss_web.api`, `dss_web.monitoring`) with their models → the document
guide/, examples/           the guide in Markdown, and the programs that it shows: whole files that tests run
guide.py, markdown.py       the guide's chapters → HTML
reference.py                the document → what the page shows of each operation
views.py, urls.py           /api/docs and /api/docs/openapi.json
"""
