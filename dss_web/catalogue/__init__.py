"""The catalogue: all datasets, published and uploaded, as people find them, understand them and take them.

The front page and lists (views.py), then the pages of one dataset:

dataset_page.py     what all of its pages have in common
tables.py           its tables, and the one that a page is about
dataset_views.py    the pages about it: with facts.py (what its columns hold), lineage.py (the way of its rows),
                    history.py and file_list.py (what was loaded), commands.py (how programs read it), and
                    dagster.py (links into the Dagster UI)
row_views.py        the page of its rows: conditions.py (what a person asks), preview.py (some rows that fit)
download_views.py   its rows as a file, and the checksums of what a person downloaded
"""
