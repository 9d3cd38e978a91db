"""What becomes known after a commit: subscriptions for those who listen, and changes as events on RabbitMQ."""
