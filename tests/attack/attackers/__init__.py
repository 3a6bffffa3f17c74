"""The attacks. Each kind is a function of a `Ground` and its own arguments, and runs in a process of its own."""
