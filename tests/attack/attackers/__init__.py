"""What attackers do. Each kind is a function with a `Ground` and its arguments; it runs in a process of its own."""
