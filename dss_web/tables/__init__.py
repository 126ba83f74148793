"""Reading a dataset's table: the state that is read, and its rows as JSON. In the order of a request:

served_table.py   a table as a route serves it: hidden columns, casing of names
relation.py       a table in one state
opening.py        holding it open, on the replica or the primary, or a quick look at its state
types.py          the types of its columns
type_names.py     their names for clients
versions.py       the state for clients: ETag, 304 and 409
columns.py        which columns are shown, in which order, under which keys
ids.py            the column by which rows are ordered and told apart
filters.py        conditions on columns, and whether an index serves them
postcode.py       the condition for a postcode
copy_out.py       COPY: which rows, and taking them from libpq
cells.py          a value → its cell in COPY's rows → JSON
json_rows.py      rows of COPY → JSON lists or objects
pages.py          a page: from the open table to the chunks of a body
"""
