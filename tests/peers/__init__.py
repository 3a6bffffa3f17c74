"""Scripted peers for fedhub's tests: a DNS server, S2S servers, components, and the hub itself as a process.

Everything runs on loopback, on ports that the kernel chose. Every wait has a deadline; nothing here sleeps where a
condition could be awaited. Octets that arrive are kept as they came, so that tests can compare them one by one.
"""
