"""Several machines: what they have to know of each other, kept in Redis."""
