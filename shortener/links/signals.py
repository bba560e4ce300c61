"""What other parts of the house may follow. Sent after commit, so that a receiver reads what everybody reads."""

from django.dispatch import Signal

#: Links were created, changed or deleted. Arguments: `keys`, a list of (domain ID, slug). Of links that have just been
#: made also `made`, the links as they were inserted, and `notes`, the IDs of their `Publication`s.
links_changed = Signal()
#: The domains of this installation were changed. No arguments.
domains_changed = Signal()
