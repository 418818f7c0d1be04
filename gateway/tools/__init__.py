"""What an agent can do besides talking: functions that the model may call."""
