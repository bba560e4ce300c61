"""Load tests: `bench.py` measures the real stack beside bare nginx, `locustfile.py` plays the mixed workload."""
