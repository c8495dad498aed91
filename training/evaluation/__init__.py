"""Measures of a model, all taken through the engine as the product uses it."""
