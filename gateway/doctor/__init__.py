"""`gateway doctor`: looks at this machine as the gateway will meet it, and says what cures what is wrong.

Each module looks at one side and yields `Finding`s; `examination` puts them together. Nothing is changed, no
call is made, and a gateway that runs already is not disturbed.
"""
