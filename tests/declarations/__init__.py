"""Declarations made up from layouts like real publishers', without code in them, and a journey for each.

conftest.py          the journey: a file in the storage folder -> ingestion -> whole rows from Postgres
<dataset>.py         one declaration
test_<dataset>.py    its journey
"""
