#!/bin/sh
# Start the web app's gunicorn: `infra/serve.sh [PYTHON]`. Everything that starts it goes through this file.
set -eu
# How glibc keeps memory, which a process reads once, as it starts; other C libraries ignore these. Each page needs
# megabytes for a moment: handing them back to the system and asking again cost 600 page faults, 1 ms of CPU a page.
export MALLOC_TRIM_THRESHOLD_=8388608  # up to 8 MiB that are free at the end of the heap are kept
export MALLOC_MMAP_THRESHOLD_=16777216 # only what is larger than 16 MiB gets a mapping of its own, which ends with it
export MALLOC_ARENA_MAX=1              # one heap for all threads, so that what one has freed serves the next
exec "${1:-python}" -m gunicorn --config infra/gunicorn.py
