"""An upgrade as operators do it: the release before under load, this one beside it, and back again.

`make test-upgrade` runs it. The release before has its own folder and its own packages (`release.py`).
"""
