"""Every code that problem details carry: its status, its title, what to do about it, and what such a problem says.
`/api/v1/errors` shows them, and the description which operation has which."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One kind of problem. `advice` is for developers; `example` a `detail` as answers have it."""

    status: int
    title: str
    advice: str
    example: str


CODES: dict[str, Code] = {
    "bad_request": Code(
        400, "Bad request", "The request cannot be read; `detail` says why.", "The request cannot be read."
    ),
    "invalid_json": Code(
        400,
        "The body is not JSON",
        "Send one JSON document in UTF-8; `detail` says what is wrong.",
        "The body is not JSON: Input data was truncated.",
    ),
    "too_deep": Code(
        400,
        "The body is nested too deeply",
        "No request needs more than 32 levels.",
        "The body has more than 32 levels.",
    ),
    "invalid_header": Code(
        400,
        "A header is wrong",
        "`detail` names the header and what it may be.",
        "Idempotency-Key: send 1 to 255 visible ASCII characters.",
    ),
    "invalid_key": Code(
        401,
        "Sign in with an API key",
        "Send `Authorization: Bearer KEY`, with a key in force.",
        "Send a valid API key: `Authorization: Bearer KEY`.",
    ),
    "missing_scope": Code(
        403,
        "Not allowed",
        "The key needs the scope that `detail` names, and its maker the role.",
        "This needs the scope “links:write”, which the API key does not have.",
    ),
    "not_allowed": Code(
        403,
        "Not allowed",
        "`detail` says what the key or its maker may not do.",
        "This key is limited to some links of its workspace. Ask about one of them.",
    ),
    "link_limit": Code(
        403,
        "The workspace is full",
        "Delete links, or ask for a higher limit.",
        "This workspace has 1000 of 1000 links: there is no room for 1 more.",
    ),
    "not_found": Code(
        404,
        "Not found",
        "There is no such thing, or none that this key may see: the two look the same on purpose.",
        "There is nothing here, or nothing that this key may see.",
    ),
    "method_not_allowed": Code(
        405,
        "Method not allowed",
        "The header `Allow` lists the methods of this address.",
        "This address knows GET, POST.",
    ),
    "conflict": Code(
        409,
        "This cannot be done now",
        "Nothing of the request is wrong; `detail` says what stands against it.",
        "A workspace needs an owner. Make somebody else one first.",
    ),
    "external_id_taken": Code(
        409,
        "The external ID is another link's now",
        "Change the external ID of one of the two.",
        "Its external ID “order-1042” belongs to another link now.",
    ),
    "too_many": Code(
        409,
        "There are too many",
        "A workspace has at most so many of these; delete some first.",
        "There are 5000 already. Delete some first.",
    ),
    "key_over": Code(
        409,
        "The key is over",
        "It was revoked or has expired; make another one.",
        "This key is over: it was revoked, or has expired.",
    ),
    "key_replaced": Code(
        409,
        "The key was replaced",
        "Replace the key that took its place.",
        "This key was replaced already. Replace the newer one.",
    ),
    "domain_in_use": Code(
        409,
        "Links live on this domain",
        "Delete its links first; their addresses would be gone.",
        "Links live on this domain. Delete them first.",
    ),
    "domain_taken": Code(
        409,
        "The domain is another workspace's",
        "Its owner has proved that already.",
        "“go.example.org” is in use by another workspace.",
    ),
    "import_state": Code(
        409,
        "The import is in another state",
        "Get it again: `state` says what can be done with it now.",
        "This cannot be done now: the import is running.",
    ),
    "imports_running": Code(
        409,
        "Too many imports at once",
        "Wait until one of them is done, or cancel one.",
        "3 imports are under way: wait for one.",
    ),
    "idempotency_in_progress": Code(
        409,
        "The first request is still under way",
        "Send it again after the seconds in `Retry-After`.",
        "A request with this Idempotency-Key is under way. Try again soon.",
    ),
    "idempotency_answer_gone": Code(
        409,
        "It was done, and the answer is not kept",
        "Answers with secrets, and very large ones, are given once. Look at what was made by GET.",
        "This was done and answered with 201; the answer is not kept.",
    ),
    "length_required": Code(
        411,
        "Length required",
        "Send `Content-Length`; bodies in chunks are not read.",
        "Send the body with `Content-Length`, not in chunks.",
    ),
    "precondition_failed": Code(
        412,
        "It has changed meanwhile",
        "Get it again, look at what has changed, and send `If-Match` with its `ETag`.",
        "It is not what `If-Match` says: get it again. Nothing was changed.",
    ),
    "too_large": Code(
        413,
        "The body is too large",
        "A JSON body has at most 1 MiB; cut bulk requests in parts.",
        "The body has more than 1,048,576 bytes. Send it in parts.",
    ),
    "idempotency_key_reused": Code(
        422,
        "The key belongs to another request",
        "Take a new `Idempotency-Key` for each request that is not a retry.",
        "The Idempotency-Key was sent with another request before. Take a new one.",
    ),
    "invalid_fields": Code(
        422,
        "Some fields are wrong",
        "`errors` has an entry for each: a JSON pointer, and what to do about it.",
        "url: Field required.",
    ),
    "all_failed": Code(
        422,
        "No item was accepted",
        "`results` has a problem for each item.",
        "No item was accepted; nothing was changed.",
    ),
    "rate_limited": Code(
        429,
        "Too many requests",
        "Wait as long as `Retry-After` says; `RateLimit` says what is left.",
        "The budget “read” (3000 in 60 s) is spent. Try again in 5 s.",
    ),
    "internal_error": Code(
        500,
        "Something went wrong here",
        "It is our mistake. Send the request again later.",
        "This is our mistake. Nothing was changed; try again later.",
    ),
    "unavailable": Code(
        503,
        "Not available now",
        "Try again after the seconds in `Retry-After`. The database is away, or too many streams are open.",
        "The database cannot be asked now. Try again in 5 s; with an `Idempotency-Key` that is always safe.",
    ),
}
