"""Depression, anxiety and expert witnesses: indicators 15 and 16."""
