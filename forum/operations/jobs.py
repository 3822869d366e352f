"""Registers the jobs of operations with the worker."""

from forum.operations import retention

__all__ = ["retention"]
