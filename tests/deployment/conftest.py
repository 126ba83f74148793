"""What runs in containers is tested by `make test-containers`, which has an engine: a run of other tests leaves it out."""

import os

collect_ignore = [] if os.environ.get("DSS_TEST_CONTAINERS") else ["test_containers.py", "test_images.py"]
