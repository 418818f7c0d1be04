from __future__ import annotations

from gateway.realtime.events import plain
from gateway.realtime.events.items import ItemReference
from gateway.realtime.events.response import Response, ResponseParams
from tests.realtime.events.samples import RESPONSE


def test_a_whole_response_is_typed_and_comes_back() -> None:
    """Output, usage and status have their places."""
    response = Response.model_validate(RESPONSE)
    assert response.usage is not None
    assert response.usage.input_token_details is not None
    assert response.usage.input_token_details.cached_tokens_details is not None
    assert response.usage.input_token_details.cached_tokens_details.text_tokens == 4
    assert plain(response) == RESPONSE


def test_a_response_of_another_vendor_may_say_little() -> None:
    """A response needs nothing but to be one."""
    response = Response.model_validate({"usage": None, "output": None, "id": None, "status": None})
    assert (response.id, response.status, response.usage) == ("", "", None)


def test_an_out_of_band_response_picks_items_of_the_conversation() -> None:
    """References stand among the items of `input`."""
    data = {"conversation": "none", "input": [{"type": "item_reference", "id": "item_1"}]}
    params = ResponseParams.model_validate(data)
    assert params.input is not None
    assert isinstance(params.input[0], ItemReference)
    assert plain(params) == data
