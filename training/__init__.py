"""What follows: labels, back-tests, the readable model and the list it ranks."""
