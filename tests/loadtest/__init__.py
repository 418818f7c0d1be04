"""Tests of `gateway loadtest`: on packets made by hand, and one small load test for real."""
