"""Budgets: how often an ERP may be asked, by how many, and who goes first.

The gate paces requests as they are made, over all workers; the planner sets cadences so that it seldom has to.
"""
