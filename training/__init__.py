"""Builders, simulator, recipes and evaluation: everything that makes a model, nothing that runs one."""
