"""A delivered file as cells, with the place of each; how a file is refused. Judges nothing."""
