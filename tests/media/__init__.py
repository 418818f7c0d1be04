"""Tests of the media plane: one contract for the native and the portable port, and what each adds."""
