"""Times and peak memory of the product against hand-written DuckDB SQL and Polars. No test depends on them."""
