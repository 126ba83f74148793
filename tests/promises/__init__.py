"""What the service promises (docs/architecture.md), and that a test would notice if it no longer did.

`make promises` takes each mechanism out in a scratch copy of the repository, runs the test that is named for it, and
wants that test to fail. It is run before a release: it takes some minutes.
"""
