"""Shared tools of the tests with real servers: networks, processes, servers, peers.

Everything here runs on Debian's own Python and packages. Nothing sleeps where it could wait for a condition. Each wait
names its condition and has a limit (see `wait.py`).
"""
