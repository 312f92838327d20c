"""What breaks it? Whole nodes of several parties under one seed: no threads, no sockets, no wall clock."""

from openline.simulation.course import simulate
from openline.simulation.report import Failure, Report
from openline.simulation.shrink import shrink
from openline.simulation.world import Setup

__all__ = ["Failure", "Report", "Setup", "shrink", "simulate"]
