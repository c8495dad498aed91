"""Recipes: each trains one model, from data to file, and says so in one command."""
