"""The second edition's oracle: every figure of one quarter, from the written contract alone."""
