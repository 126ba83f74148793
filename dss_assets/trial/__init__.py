"""A declaration tried on files before anything is loaded: `python -m dss_assets try FILE.py --files FOLDER`.

command.py      the command line, file after file
declaration.py  a Python file -> its Dataset, or the line and word at fault
reading.py      a file read without a database: its first rows, and what does not fit
loading.py      a file loaded in a transaction that is rolled back
report.py       what is printed
"""
