"""Reps: how each compares with the peers, fairly and as far as chance allows."""

from salesops_lib.analysis.reps.comparison import RepComparison
from salesops_lib.analysis.reps.one_rep import RepScorecard
from salesops_lib.analysis.reps.peers import Peers

__all__ = ["Peers", "RepComparison", "RepScorecard"]
