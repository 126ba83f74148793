"""CSV in: browser -> storage and a row `verified`, from where the assets half loads it.

receiving      the request's body -> a file on disk, up to the limit
encoding       bytes -> in which encoding they are text
dialect        text -> by which character its values are separated
header         first line -> column names
column_types   values -> types
csv_file       all of these over one file
unfit          values and chosen types -> the first value that does not fit
storage        file -> kept bytes
services       every change of state
selectors      what the pages show
forms views    the pages
"""
