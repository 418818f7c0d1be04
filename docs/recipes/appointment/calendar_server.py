"""A calendar as a tool server (MCP), over standard input and output. It forgets everything when it ends."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("calendar")
free = {day: ["9:00", "11:30", "16:00"] for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")}


@server.tool()
def free_times(day: str) -> str:
    """Say which times are free on a day, Monday to Friday."""
    times = free.get(day, [])
    return f"On {day} there are free times at {', '.join(times)}." if times else f"Nothing is free on {day}."


@server.tool()
def book(day: str, time: str) -> str:
    """Book one of the free times, such as 9:00."""
    if time not in free.get(day, []):
        return f"{time} on {day} is not free."
    free[day].remove(time)
    return f"Your appointment is booked for {day} at {time}."


if __name__ == "__main__":
    server.run("stdio")
