"""What clients need to know: the OpenAPI document, and the pages on which people and agents read it.

openapi.py                  operations (`dss_web.api`, `dss_web.monitoring`) with their models → the document
guide/, examples/           the guide in Markdown, and the programs that it shows: whole files that tests run
guide.py, markdown.py       the guide's pages and chapters → HTML; api_changes.md, the changes that clients notice
example_messages.py         the document → an example request of each operation, and its answers
reference.py                the document → what the pages show of each operation and response
contents.py                 all of these → pages, sections, and where each anchor is
search.py, plain.py         the contents → results of a search; llms.txt and the guide as Markdown
tables.py                   the tables that the person who is logged in may see
views.py, urls.py           /api/docs and the pages below it; /llms.txt
client_wheel.py             the Python client, for pip
"""
