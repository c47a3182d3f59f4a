"""The name under which state folders know the event log: it stands in their dagster.yaml, and stays."""

from fs_pipeline.orchestration.instance.event_log import KeptEngineEventLogStorage

__all__ = ["KeptEngineEventLogStorage"]
