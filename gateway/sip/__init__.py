"""The SIP side: one thread owns PJSIP; legs are what the rest of the program sees of it."""
