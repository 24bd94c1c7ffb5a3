"""Carries the frames of a fedpurel federation over Flower."""
