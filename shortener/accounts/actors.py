"""Who does something: what services are told about the asker of a change."""

from dataclasses import dataclass
from enum import StrEnum

from shortener.accounts.models import ApiKey, User


class Via(StrEnum):
    """The door that somebody came through."""

    FORM = "form"
    API = "api"
    ADMIN = "admin"
    IMPORT = "import"
    COMMAND = "command"


@dataclass(frozen=True)
class Actor:
    """A person, a key, or nobody in particular. `impersonator`: the admin who acts in the name of `user`."""

    via: Via = Via.COMMAND
    user: User | None = None
    api_key: ApiKey | None = None
    impersonator: User | None = None

    @property
    def name(self) -> str:
        """For people, in the audit trail."""
        if self.user is not None:
            return self.user.email
        return self.api_key.name if self.api_key is not None else ""


SYSTEM = Actor()
