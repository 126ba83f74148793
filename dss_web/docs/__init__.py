"""What clients need to know: the OpenAPI document, and the page on which people read it.

schemas.py, answers.py, operations.py   bodies, answers and operations, each declared once
openapi.py                  Ninja's operations and these declarations -> the document
guide/, examples/           the guide in Markdown, and the programs that it shows: whole files that tests run
guide.py, markdown.py, reference.py -> views.py     the document -> the page
"""
