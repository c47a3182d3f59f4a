"""Links partner files that carry names instead of our person_id to our people, with Splink; then forgets the names.

`read_identities` reads the council's list of its people, once a run, and `read_clerk_decisions` what a clerk decided in
the source's review workbook. `link_extracts`, on what a format reader gave, gives the same extracts with our person_id,
without names, and without the rows of people who are not linked (they are counted in `ignored`); and `Links`: the
doubtful pairs for the clerk's workbook, the only place where names go, and the quality, counts that tell of nobody.

The same inputs give the same links. Splink is an extra: `fs_pipeline[linking]`.
"""
