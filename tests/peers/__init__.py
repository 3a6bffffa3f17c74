"""Scripted peers for fedhub's tests: a DNS server, S2S servers, components, and the hub itself as a process.

Everything runs on loopback, on ports that the kernel chooses. Every wait has a deadline, and nothing sleeps where it
could wait for a condition. Octets that arrive are kept unchanged, so that tests can compare them.
"""
