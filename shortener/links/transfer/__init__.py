"""Links that come from elsewhere, and links as files.

A source (a file, or another shortener's API) is turned into records: plain dictionaries by column. A mapping says
which column is which field of a link, and `rows` makes a record into a `Row` or says what is wrong with it. `runner`
takes the records of an `ImportJob` in chunks and writes each chunk together with the job's progress. `export` writes
what an import reads back.
"""
