"""A call's way through this process: let in, led through its plans, ended, counted."""
