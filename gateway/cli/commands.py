"""All commands in groups."""

from __future__ import annotations

from gateway.cli import (
    api,
    browser,
    calls,
    campaign,
    check,
    dial,
    doctor,
    ear,
    edge,
    events,
    live,
    loadtest,
    local,
    phone,
    rehearse,
    route,
    schema,
    token,
    tool,
    trunks,
)
from gateway.cli.top import CALLS, PLANS, TRYING, add_serve, top

app = top()
add_serve(app)
app.command(rich_help_panel=CALLS, epilog=dial.EXAMPLE)(dial.dial)
app.command(rich_help_panel=CALLS, epilog=campaign.GUIDE)(campaign.campaign)
for command in live.COMMANDS:
    calls.app.command()(command)
app.add_typer(calls.app, name="calls", rich_help_panel=CALLS)
app.command(rich_help_panel=CALLS)(live.top)
app.command(rich_help_panel=CALLS)(trunks.trunks)
app.add_typer(token.app, name="token", rich_help_panel=CALLS)
app.command(hidden=True)(api.api)
app.command(hidden=True)(browser.browser)
app.command(rich_help_panel=CALLS)(local.local)
app.command(rich_help_panel=CALLS)(edge.edge)
app.command(rich_help_panel=CALLS)(live.restart)
app.command(rich_help_panel=CALLS)(doctor.doctor)
app.command(rich_help_panel=CALLS)(events.events)
app.command(rich_help_panel=TRYING, epilog=phone.EXAMPLE)(phone.phone)
app.command(rich_help_panel=TRYING)(rehearse.rehearse)
app.command(rich_help_panel=TRYING)(ear.ear)
app.command(rich_help_panel=TRYING, epilog=loadtest.GUIDE)(loadtest.loadtest)
app.command(rich_help_panel=PLANS)(check.check)
app.command(rich_help_panel=PLANS)(route.route)
app.command(rich_help_panel=PLANS)(tool.tool)
app.command(rich_help_panel=PLANS, epilog=schema.FOR_EDITORS)(schema.schema)
