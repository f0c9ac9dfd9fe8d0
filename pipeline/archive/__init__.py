"""The archive: the port, S3 behind it, and the memory twin."""

from pipeline.archive.ports import Archive

__all__ = ["Archive"]
