"""Care proceedings and periods of care: I18 to I26, indicators 4 to 6."""
