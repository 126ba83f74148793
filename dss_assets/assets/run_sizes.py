"""How large the host of a run is, where a launcher gives each run a host of its own: tags that the launchers read.

Most runs stream a file through little memory and take what the launcher's configuration gives every run. Those that
need something else say so at their jobs. Runs that are processes of the code server share its host, and nobody reads
the tags. So do runs that a person asks for at assets in the Dagster UI, for which Dagster makes a job without tags.

The tags are those of dagster-aws (https://docs.dagster.io/deployment/oss/deployment-options/aws, seen 2026-11-26) and
of dagster-k8s (https://docs.dagster.io/deployment/oss/deployment-options/kubernetes/customizing-your-deployment).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dss_assets.assets.feed import Feed
from dss_assets.dataset import Sheet, XbrlAccounts
from dss_web.shared.workbook.process import MOST_MEMORY_BYTES

# A run's own process with Dagster has 300 MB at most; the rest is for what Linux keeps of the file on its way.
_BESIDE_A_WORKBOOK_MIB: Final = 1024
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class RunSize:
    """`processor_units` are 1024 for each processor, as on ECS. With `memory_mib` they are a size that Fargate has.

    Fargate's sizes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """

    processor_units: int
    memory_mib: int

    @property
    def tags(self) -> Mapping[str, str]:
        """The size in the words of each launcher."""
        memory = f"{self.memory_mib}Mi"
        # A limit of the processor would only slow a run down on a host that has nothing else to do.
        resources = {
            "requests": {"cpu": f"{self.processor_units * 1000 // 1024}m", "memory": memory},
            "limits": {"memory": memory},
        }
        return {
            "ecs/cpu": str(self.processor_units),
            "ecs/memory": str(self.memory_mib),
            "dagster-k8s/config": json.dumps({"container_config": {"resources": resources}}),
        }


# A workbook cannot be streamed: a process of its own reads it, which may take so much.
WORKBOOK: Final = RunSize(1024, MOST_MEMORY_BYTES // _MIB + _BESIDE_A_WORKBOOK_MIB)
# Accounts are parsed in two threads. Fargate has no less memory for two processors.
TWO_THREADS: Final = RunSize(2048, 4096)
# The work is done in Postgres: of 3.25 million rows that were derived, the process itself took no memory to speak of.
IN_POSTGRES: Final = RunSize(512, 1024)

_BY_FORMAT: Final[Mapping[type, RunSize]] = MappingProxyType({Sheet: WORKBOOK, XbrlAccounts: TWO_THREADS})


def load_tags(feed: Feed) -> Mapping[str, str]:
    """The size of the runs that load files of a feed, by their format. What people upload may be a workbook."""
    size = _BY_FORMAT.get(type(feed.declared.format)) if feed.declared else WORKBOOK
    return size.tags if size else {}
