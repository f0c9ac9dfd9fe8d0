"""How AWS is reached: access, clients, and what its errors mean."""
