"""What a call uses up."""

from __future__ import annotations

from decimal import Decimal

from gateway.call import CostUpdated, Usage


def test_tokens_add_up() -> None:
    """By kind, and by direction; cached ones are among those that the model was given."""
    both = Usage(input_text=1, input_audio=2, cached_audio=2, output_text=4) + Usage(
        input_image=8, output_audio=16
    )
    assert both == Usage(1, 2, 8, 0, 2, 0, 4, 16)
    assert (both.tokens_in, both.tokens_out) == (11, 20)


def test_costs_add_up() -> None:
    """A part that is not known leaves the sum incomplete; where there are no prices there is no sum."""
    first, second = CostUpdated(Decimal("0.1"), True, 10, 1), CostUpdated(Decimal("0.2"), False, 20, 2)
    assert first + second == CostUpdated(Decimal("0.3"), False, 30, 3)
    assert first + CostUpdated(None, tokens_in=1) == CostUpdated(None, True, 11, 1)
