"""Topics, queues, subscriptions and the bucket: what should be there, what is, and the steps between."""
