"""The Family Safeguarding KPI toolkit: twenty indicators, quarter by quarter, from a council's extracts."""

from importlib.metadata import version

__version__ = version("fs-pipeline")
