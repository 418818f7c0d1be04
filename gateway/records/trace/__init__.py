"""A call as a trace: spans for what took time, events for what happened, as OpenTelemetry has them."""
