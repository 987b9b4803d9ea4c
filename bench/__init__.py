"""How fast `inject` is, beside other ways to put steps into the same files (`make bench`)."""
