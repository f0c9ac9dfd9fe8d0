"""Topics and queues: the port, SNS and SQS behind it, the memory twin, and the codec of pages."""
