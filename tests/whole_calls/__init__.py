"""Whole calls: a wire phone rings the gateway process, a realtime server behind it, and sound is asserted."""
