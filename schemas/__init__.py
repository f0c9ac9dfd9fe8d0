"""What travels between the stages and to subscribers, and what it means. Imports nothing else of erpflow."""
