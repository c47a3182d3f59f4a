"""Where extracts come from: files, queries, format readers, as sources.toml names them."""
