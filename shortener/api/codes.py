"""Every code that problem details carry: its status, its title, what to do about it. `/api/v1/errors` shows them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One kind of problem. `advice` is for developers."""

    status: int
    title: str
    advice: str


CODES: dict[str, Code] = {
    "bad_request": Code(400, "Bad request", "The request cannot be read; `detail` says why."),
    "invalid_json": Code(400, "The body is not JSON", "Send one JSON document in UTF-8; `detail` says what is wrong."),
    "too_deep": Code(400, "The body is nested too deeply", "No request needs more than 32 levels."),
    "invalid_header": Code(400, "A header is wrong", "`detail` names the header and what it may be."),
    "invalid_key": Code(401, "Sign in with an API key", "Send `Authorization: Bearer KEY`, with a key in force."),
    "missing_scope": Code(403, "Not allowed", "The key needs the scope that `detail` names, and its maker the role."),
    "not_allowed": Code(403, "Not allowed", "`detail` says what the key or its maker may not do."),
    "external_id_taken": Code(409, "Conflict", "Another link has the external ID now; change one of the two."),
    "link_limit": Code(403, "The workspace is full", "Delete links, or ask for a higher limit."),
    "member_limit": Code(403, "The workspace is full", "Remove members, or ask for a higher limit."),
    "not_found": Code(
        404, "Not found", "There is no such thing, or none that this key may see: the two look the same on purpose."
    ),
    "method_not_allowed": Code(405, "Method not allowed", "The header `Allow` lists the methods of this address."),
    "conflict": Code(409, "Conflict", "What is there now stands against it; `detail` says what."),
    "too_many": Code(409, "There are too many", "A workspace has at most so many of these; delete some first."),
    "key_over": Code(409, "The key is over", "It was revoked or has expired; make another one."),
    "key_replaced": Code(409, "The key was replaced", "Replace the key that took its place."),
    "domain_in_use": Code(409, "Links live on this domain", "Delete its links first; their addresses would be gone."),
    "domain_taken": Code(409, "The domain is another workspace's", "Its owner has proved that already."),
    "idempotency_in_progress": Code(
        409, "The first request is still under way", "Send it again after the seconds in `Retry-After`."
    ),
    "idempotency_answer_gone": Code(
        409,
        "It was done, and the answer is not kept",
        "Answers with secrets, and very large ones, are given once. Look at what was made by GET.",
    ),
    "length_required": Code(411, "Length required", "Send `Content-Length`; bodies in chunks are not read."),
    "precondition_failed": Code(
        412, "It has changed meanwhile", "Get it again, look at what has changed, and send `If-Match` with its `ETag`."
    ),
    "too_large": Code(413, "The body is too large", "A JSON body has at most 1 MiB; cut bulk requests in parts."),
    "idempotency_key_reused": Code(
        422, "The key belongs to another request", "Take a new `Idempotency-Key` for each request that is not a retry."
    ),
    "invalid_fields": Code(
        422, "Some fields are wrong", "`errors` has an entry for each: a JSON pointer, and what to do about it."
    ),
    "all_failed": Code(422, "No item was accepted", "`results` has a problem for each item."),
    "rate_limited": Code(
        429, "Too many requests", "Wait as long as `Retry-After` says; `RateLimit` says what is left."
    ),
    "internal_error": Code(500, "Something went wrong here", "It is our mistake. Send the request again later."),
    "unavailable": Code(503, "Not available now", "Try again after the seconds in `Retry-After`."),
}
