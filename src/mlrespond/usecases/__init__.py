"""What a person asks the program to do, and the loop that drives a run."""
