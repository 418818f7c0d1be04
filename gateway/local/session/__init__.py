"""One session of the embedded realtime server, as the protocol describes it."""
