"""What an agent can do besides talking: functions that the model may call."""

from gateway.tools.decorator import tool
from gateway.tools.live_call import LiveCall
from gateway.tools.then import Then

__all__ = ("LiveCall", "Then", "tool")
