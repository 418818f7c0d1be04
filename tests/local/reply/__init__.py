"""Tests of the small dialogue: mostly examples, many of them as speech recognition really wrote them."""
