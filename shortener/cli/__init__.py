"""The `shorten` command, for people at a terminal and for scripts. Built on `shortener.client`; no Django."""
