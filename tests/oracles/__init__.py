"""Numbers from other implementations, and the scripts that made them."""
