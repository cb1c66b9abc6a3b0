"""The lesson player, answers, tests, completion, and the counters that add them up."""
