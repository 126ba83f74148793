"""Files that come in parts: of any size, over any connection, to any process of the web app.

announced    what a sender says of a file before it comes
body         the body of a request -> the bytes of a part, no more than are expected
parts        the parts in the storage, and the whole file out of them
services     a file is begun, its parts come, it is completed or cancelled
views        all of that for the pages; `dss_web.api` has it for clients

What was begun and not completed ends after a day without a part: `dss_assets/uploads/arrivals.py` removes it.
"""
