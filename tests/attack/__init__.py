"""Attacks on the program beside a well-behaved pair; see README.md."""
