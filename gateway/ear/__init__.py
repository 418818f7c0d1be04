"""What a caller feels, measured from a recording alone: the caller on the left, the agent on the right."""
