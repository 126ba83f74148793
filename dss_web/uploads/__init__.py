"""CSV in: browser -> storage and a row `verified`, from where the assets half loads it.

receiving        the request's body -> a file on disk, up to the limit
explanations     what `dss_web.shared.csv` finds wrong with it -> sentences for the person
names            names that this service, Postgres and data-flow can all take
file_names       what is shown of the name that a file had
titles           what people call types, encodings and separators
bad_values       a file, and how it is to be read -> every value that its type does not take
file_storage     file -> stored bytes, with their size and SHA-256
acting           who does what, for the trail of events
tasks            what is to be done with a file behind the request: asked for, waited for, withdrawn
services         every change of state
task_queue       tasks -> one worker each
task_runs        a task -> what becomes of its version
lifecycle        archive, and what is to be deleted
about            what people say about a dataset, and the tasks of a new one
about_forms      the questions for it
column_descriptions   what the columns mean, kept from version to version
comparison       two versions beside each other, and the tables that hold their rows
downloads        a version as a file: the bytes as they came, or its rows
selectors        what the pages show
load_progress    a version that is being loaded -> how many of its rows are copied, and how long the rest takes
statuses         states -> words, steps and tags
checking         what was found in a file, read again as a person says
column_choices   what a person chooses of the columns
column_rows      columns -> the rows of the table in which they are checked
reading_form     how a file is read, as a form
load_plan        what is to become of the rows that are there -> the columns of the table
load_choice      the question about it on the page of the check
row_changes      the rows of a file beside those that are there -> how many are added, and how many change
trying           a file and what is wanted of it -> what stands in the way
rebuilding       from which files a version can be put together again
loaded_values    a value of a file -> how it is loaded
vanished         the values that a file has no longer
verdict          a version and the one in use -> what changes for readers
check_page       all that the page of the check shows
forms            what people enter
views            the pages of datasets, and the upload
about_views      the pages on which people say what a dataset is about
check_views      the pages of the check
plan_views       the page before a load that keeps the rows that are there
version_views    the pages of one version
"""
