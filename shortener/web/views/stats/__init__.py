"""Statistics as pages and files: what is asked (`asked`), what the values are called (`names`), and what is shown of
them (`report`)."""
