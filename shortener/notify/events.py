"""What a webhook can be told of."""

EVENTS = {
    "link.created": "A link was made",
    "link.updated": "A link was changed",
    "link.deleted": "A link was deleted",
    "link.restored": "A deleted link is back",
    "link.disabled": "A link was switched off by those who run the site",
    "link.enabled": "A link was switched on again",
    "link.expired": "A link has reached its end",
    "link.exhausted": "A link has used up its click limit",
    "link.clicked": "A person has followed a link",
    "domain.verified": "A domain is proved",
    "import.finished": "An import is done",
    "member.joined": "Somebody has joined the workspace",
    "member.removed": "Somebody has left the workspace",
}
