"""Several gateway processes on one machine: a supervisor starts, watches and replaces them."""
