"""The command line: parse, call a use case, render, return an exit code."""
