"""What happens in calls, as Homer reads it: HEP3 (EEP), one UDP packet for each message, report and line."""
