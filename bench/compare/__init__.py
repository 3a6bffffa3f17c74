"""The comparison of fedhub with other servers and a plain TCP proxy: see bench/README.md."""
