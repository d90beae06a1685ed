"""For those who write runbooks and adapters: shipped fakes, and a contract suite for each port."""
