"""What is told of requests to those who run the server: a log line, counts and durations, a trace."""
