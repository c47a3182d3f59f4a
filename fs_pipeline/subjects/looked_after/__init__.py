"""Care proceedings and periods of care: R16 to R18, I23, I24, indicators 4 to 6."""
