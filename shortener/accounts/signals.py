"""What other floors want to hear of."""

from django.dispatch import Signal

workspace_closed = Signal()  # sent in the transaction, with `workspace`
