#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command of tests beside an Apache Kafka of its own, which they then take for their brokers.

    with_apache_kafka.py COMMAND [ARGUMENT...]

Unit tests look at SKERRY_KAFKA_BROKERS, end-to-end tests at SKERRY_E2E_KAFKA, from which they make the one line
`--kafka HOST:PORT`. Ends with the command's exit code, and with 77 where Apache Kafka was not fetched.
"""

import os
import subprocess
import sys

import apache_kafka
from broker import SKIPPED


def main():
    problem = apache_kafka.problem()
    if problem is not None:
        print(f"SKIPPED: {problem}")
        return SKIPPED
    with apache_kafka.ApacheKafka() as kafka:
        environment = dict(os.environ, SKERRY_KAFKA_BROKERS=kafka.address, SKERRY_E2E_KAFKA=kafka.address)
        code = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        if code != 0:
            print(f"what Apache Kafka said:\n{kafka.output()}", file=sys.stderr)
        return code


if __name__ == "__main__":
    sys.exit(main())
