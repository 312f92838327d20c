"""What would fix it? Changes to operations that are proved free of conflict."""

from openline.resolve.alternatives import Alternative, Proof, alternatives
from openline.resolve.limits import Limits
from openline.resolve.settlement import Settlement, settle

__all__ = ["Alternative", "Limits", "Proof", "Settlement", "alternatives", "settle"]
