"""Losses and the loop that every recipe in `training/` uses."""
