"""Asks a node and looks whether the same comes back."""
