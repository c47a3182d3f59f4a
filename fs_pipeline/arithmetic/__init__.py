"""Pure arithmetic over dates, spans, scores and the roster: vectorised, no files, no figures of its own."""
