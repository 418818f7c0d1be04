"""The official SDKs as judges: their types validate what we send, their clients talk with our server.

They need an older `websockets` than we do and cannot live in our environment: `official` gives them one of
their own. `judge` and the `*_client` scripts run in there.
"""
