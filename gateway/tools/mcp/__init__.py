"""Tool servers of the Model Context Protocol: connected to, watched, and their functions offered.

The SDK is loaded when a plan names a server, and not before: it takes a second.
"""
