"""Lists of the admin site over tables that are too big to be counted for a page."""

import json
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNTED = 10_000  # rows; of more, the planner's idea of their number does


class AboutPaginator(Paginator):  # type: ignore[type-arg]
    """Counts rows up to `COUNTED`. How many there are beyond is what the planner believes, so that the last pages may
    be missing or empty: nobody turns a hundred of them."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, or about how many."""
        rows = cast("QuerySet[Any]", self.object_list).order_by()
        counted: int = rows[: COUNTED + 1].count()
        if counted <= COUNTED:
            return counted
        [plan] = json.loads(rows.explain(format="json"))
        return max(counted, int(plan["Plan"]["Plan Rows"]))

    @property
    def about(self) -> int | None:
        """The same as it is shown where it is not exact, in two digits that mean something; None where it is."""
        return None if self.count <= COUNTED else round(self.count, 2 - len(str(self.count)))
