"""Webhooks: what is told of tasks to those who asked for it, from the same plan that polling reads."""
