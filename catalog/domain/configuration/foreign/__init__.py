"""Models of others as problems: DIMACS, UVL and XCSP 2.1, text in, `Problem` out, every fault with its place."""
