"""What the tests with real servers share: networks, processes, servers, peers.

Everything here runs on Debian's own Python and packages. Nothing sleeps in place of a condition: each wait names
what it waits for and has an end (see `wait.py`).
"""
