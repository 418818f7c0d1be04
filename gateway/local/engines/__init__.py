"""What stands behind a model name: the agent that listens and speaks, and those for tests and load."""
