"""What a plan can do with a call: one module an action, each carrying a leg from here to an ending."""
