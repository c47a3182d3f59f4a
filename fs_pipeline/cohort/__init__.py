"""Who is counted, with whom, from when: children with their FS referral, families, and the roster of people."""
