"""What would fix it? Changes to an operation that are proved free of conflict."""

from openline.resolve.alternatives import Alternative, alternatives
from openline.resolve.limits import Limits

__all__ = ["Alternative", "Limits", "alternatives"]
