"""Placing sessions into rooms and times: CP-SAT on one or two campuses at a time, a bound for the whole."""

from forum.agenda.planner.problem import Impossible, Place, Plan, Problem, Speaker, Spot, Task, Weights
from forum.agenda.planner.solve import plan

__all__ = ["Impossible", "Place", "Plan", "Problem", "Speaker", "Spot", "Task", "Weights", "plan"]
