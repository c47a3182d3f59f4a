"""What leaves the building: workbooks, return packs, reports, and the reporting database."""
