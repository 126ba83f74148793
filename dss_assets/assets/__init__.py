"""The Dagster clothing: the journeys of files as partitioned assets, the sensors that start them, the checks."""
