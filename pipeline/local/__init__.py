"""What runs on a laptop in place of AWS and a customer's ERP: child processes on 127.0.0.1."""
