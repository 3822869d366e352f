"""Placing sessions into rooms and times: CP-SAT on one or two campuses at a time, a bound for the whole.

`plan` itself is in `forum.agenda.planner.solve`: the solver takes seconds to load, and web processes only need the plain data.
"""

from forum.agenda.planner.problem import Impossible, Place, Plan, Problem, Speaker, Spot, Task, Weights

__all__ = ["Impossible", "Place", "Plan", "Problem", "Speaker", "Spot", "Task", "Weights"]
