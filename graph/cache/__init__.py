"""What is kept of answers, so that whoever asks the same again is answered at once."""
