"""CSV in: browser -> storage and a row `verified`, from where the assets half loads it.

receiving        the request's body -> a file on disk, up to the limit
explanations     what `dss_web.shared.csv` finds wrong with it -> sentences for the person
names            names that this service, Postgres and data-flow can all take
titles           what people call types, encodings and separators
invalid_values   values and chosen types -> the first value of each column that does not fit
file_storage     file -> stored bytes, with their size and SHA-256
acting           who does what, for the trail of events
services         every change of state
lifecycle        title, archive, and what is to be deleted
comparison       two versions beside each other, and the tables that hold their rows
downloads        a version as a file: the bytes as they came, or its rows
selectors        what the pages show
statuses         states -> words, steps and tags
column_rows      columns -> the rows of the table in which they are checked
forms            what people enter
views            the pages of datasets, and the upload
version_views    the pages of one version
"""
