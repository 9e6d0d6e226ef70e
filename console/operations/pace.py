"""The pace of the runner: how much it does at once, how often it looks, and after how long it gives up."""

from __future__ import annotations

from console.azure import errors

#: Steps of one plan under way at once: what Azure does at the same time ends with the slowest of it.
AT_ONCE = 128
#: Steps that are looked at and sent at once: ARM's write bucket refills at 10 per second, others need it too.
SENDING_AT_ONCE = 4
#: Looks a second at all that is under way: ARM's read bucket refills at 25 per second, and what is on screen needs it too.
LOOKS_A_SECOND = 10.0
#: Server-time seconds between looks at an operation that does not say when to look again.
POLL_S = 5.0
FASTEST_S = 1.0
#: Server-time seconds between looks at a target that a step holds for: the pace of a feed on screen.
HOLD_LOOK_S = 30.0
#: How long a target may be on its way from one state to another before its end is called unknown.
LONGEST_PASSING_S = 3600.0
#: Times that Azure may hold a change back (429) before that is called its end.
MOST_HELD_BACK = 5
#: Seconds until a change is sent again that Azure held back without saying for how long.
UNSAID_WAIT_S = errors.UNSAID_WAIT_S
#: How long it is asked whether a change of one's own access is in effect (the server's time): three times what Azure documents.
LONGEST_SPREAD_S = 1800.0
#: Looks that may fail in a row before a step's end is called unknown.
MOST_FAILED_LOOKS = 40
