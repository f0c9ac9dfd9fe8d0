"""What the fuzz tests share: a budget of examples, hostile values, valid samples, and a pipeline to feed them to."""
