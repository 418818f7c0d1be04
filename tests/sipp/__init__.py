"""SIPp scenarios, one behaviour each, usable with plain `sipp`; `runner` starts them, bounded, and counts."""
