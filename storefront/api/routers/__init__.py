"""One router a noun: a view parses, calls once, answers."""
