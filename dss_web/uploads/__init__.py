"""CSV in: browser -> storage and a row `verified`, from where the assets half loads it.

receiving        the request's body -> a file on disk, up to the limit
explanations     what `dss_web.shared.csv` finds wrong with it -> sentences for the person
titles           what people call types, encodings and separators
invalid_values   values and chosen types -> the first value of each column that does not fit
file_storage     file -> stored bytes, with their size and SHA-256
services         every change of state
lifecycle        title, archive, and what is to be deleted
comparison       two versions beside each other, and the tables that hold their rows
downloads        a version as a file: the bytes as they came, or its rows
selectors        what the pages show
forms views      the pages
"""
