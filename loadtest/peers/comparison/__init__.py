"""Runs the same load against several servers in turn, and tells the figures side by side.

In the order in which a run meets them: `plan` says which cases are run with which servers, and runs them; `servers`
says how each is started, `processes` starts and ends it; `cases` says what load it gets and which figure counts;
`table` tells the medians.
"""
