"""How CP-SAT is asked in this package: its parameters in one place, with their reasons. Linear programmes have no parameters but their time.

Left as they are on purpose: interleaved search (or-tools#5048: heap corruption up to 9.15) and presolve (or-tools#5295: false "infeasible" without it).
"""

from typing import Final

from ortools.sat.python import cp_model

MOST_WORKERS: Final = 4  # with more, 9.15 crashes on some models (or-tools#5025, #5292)
SHORTEST: Final = 0.1  # seconds; a limit of 0 would end before presolve with no answer at all
DEFAULT_PROBING: Final = 2


def cp_solver(seconds: float, *, seed: int = 1, workers: int = 1, linear: bool = True, core: bool = False, probing: bool = True) -> cp_model.CpSolver:
    """A solver for *seconds* of wall time.

    One worker is the rule: two lanes share two cores, and the number of workers changes the algorithm (2 bring no
    core-guided search at all). Without *linear*, clauses alone decide: on sums of yes-or-no penalties a linear
    relaxation costs more than it cuts (28 breaks after 20 s with it; 5, proved, in 0.2 s without). *core* bounds such sums from below, the
    decisive choice there; it finds no solution on its way, so it needs another lane that does. Without *probing* a
    question is answered in a third of the time; with it most small files close within a second.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = min(workers, MOST_WORKERS)
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(SHORTEST, seconds)
    if not linear:
        solver.parameters.linearization_level = 0
    solver.parameters.optimize_with_core = core
    solver.parameters.cp_model_probing_level = DEFAULT_PROBING if probing else 0
    return solver
