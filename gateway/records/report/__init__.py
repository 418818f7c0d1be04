"""Records as people read them: a list of calls, one call as a conversation, what they cost."""
