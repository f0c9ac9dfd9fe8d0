"""A storm on a consent: processes that refresh a token all the time and are killed at random points."""
