"""Test equipment: phones, models, programs, clocks. Their own tests stand beside them."""
