"""The embedded realtime server as a process: connections, keys, and which engine a model name means."""
