"""Functions that the model's provider calls itself."""

from gateway.call import Fact, ProviderToolCalled, ProviderToolReturned


def test_both_are_facts() -> None:
    """Who listens to the call hears of them."""
    assert {ProviderToolCalled, ProviderToolReturned} <= set(Fact.__args__)
    assert ProviderToolCalled("mcp_1", "find") != ProviderToolCalled("mcp_2", "find")
