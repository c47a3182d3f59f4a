"""The Family Safeguarding KPI toolkit: twenty indicators, quarter by quarter, from a council's extracts."""
