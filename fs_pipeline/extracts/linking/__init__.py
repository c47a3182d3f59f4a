"""Links partner files that carry names instead of our person_id to our people, with Splink; then forgets the names.

What the orchestration does, for each source of `sources.toml` whose columns hold names:

1. `read_identities(SourceFile)` (identities.py): the council's list of its people, once a run; never stored.
2. `read_clerk_decisions(SourceFile)` (review.py): what a clerk decided in the source's review workbook;
   `no_clerk_decisions()` when there is none yet.
3. `link_extracts(read, identities, reviewed, LinkSettings())` (link.py), on what the format reader gave: rows whose
   `person_id` is the partner's own client number, or blank, and which have the columns IDENTITY beside the contract's.
   It gives the same extracts with our person_id, without names, and without the rows of people who are not linked (they
   stand in `ignored`, counted); and `Links`, with the doubtful pairs and the quality. `link(...)` is the same for
   one frame.
4. `write_review(...)` (exports/link_review.py) makes the workbook for the clerk of `Links.doubtful` and the decisions
   so far. It is the only place where names go.
5. `Links.quality` goes into a check (`quality.worries()`), and `quality.counts()` into the sheet on data quality:
   counts, nothing personal.

The same inputs give the same links. Splink is an extra: `fs_pipeline[linking]`.
"""
