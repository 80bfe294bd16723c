#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka's own command line tools, and with them its Java client, against the broker as a process.

    console_tools_test.py SERVER_PROGRAM [SCENARIO...]

Ends with 77, which ctest reports as skipped, where they were not fetched.
"""

import re
import subprocess
import sys

import apache_kafka
import broker as kafka
from broker import wait_until

TOPICS = "org.apache.kafka.tools.TopicCommand"
PRODUCER = "kafka.tools.ConsoleProducer"
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
CONFIGS = "kafka.admin.ConfigCommand"
DELETE_RECORDS = "org.apache.kafka.tools.DeleteRecordsCommand"
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
PRODUCER_PERFORMANCE = "org.apache.kafka.tools.ProducerPerformance"
CONSUMER_PERFORMANCE = "org.apache.kafka.tools.ConsumerPerformance"
CONSUMER_LIMIT_MS = "60000"


class Broker(kafka.Broker):
    """With the tools to talk to it."""

    def tool(self, main_class, *arguments, **options):
        return apache_kafka.run_tool(main_class, "--bootstrap-server", self.address, *arguments, **options)

    def topics(self):
        return self.tool(TOPICS, "--list").split()

    def create(self, topic, partitions=1, *arguments):
        self.tool(TOPICS, "--create", "--topic", topic, "--partitions", str(partitions), *arguments)

    def produce(self, topic, lines, *arguments):
        self.tool(PRODUCER, "--topic", topic, *arguments, text="".join(line + "\n" for line in lines))

    def consume(self, topic, count, *arguments):
        """The values of that many records."""
        return self.tool(CONSUMER, "--topic", topic, "--max-messages", str(count), "--timeout-ms", CONSUMER_LIMIT_MS,
                         *arguments).splitlines()

    def group(self, name, *arguments):
        """What is told of a group: a row for each line, as the words by the column's title."""
        rows = [line.split() for line in self.tool(GROUPS, "--group", name, *arguments).splitlines() if line.strip()]
        titles = next(row for row in rows if row[0] == "GROUP")
        return [dict(zip(titles, row)) for row in rows if row[0] == name]


def numbers(count):
    return [f"line {number}" for number in range(count)]


def topics(broker):
    """Created, listed, described, grown and deleted; made twice, it is refused."""
    assert broker.topics() == []
    broker.create("orders", 3, "--config", "retention.ms=60000", "--config", "segment.bytes=1048576")
    broker.create("events")
    assert sorted(broker.topics()) == ["events", "orders"]
    described = broker.tool(TOPICS, "--describe", "--topic", "orders")
    assert "PartitionCount: 3" in described and "ReplicationFactor: 1" in described, described
    assert "retention.ms=60000" in described and "segment.bytes=1048576" in described, described
    assert len(re.findall(r"Leader: 1\s+Replicas: 1\s+Isr: 1", described)) == 3, described
    refused = broker.tool(TOPICS, "--create", "--topic", "orders", fails=True)
    assert "TopicExistsException" in refused, refused
    broker.tool(TOPICS, "--alter", "--topic", "orders", "--partitions", "5")
    assert "PartitionCount: 5" in broker.tool(TOPICS, "--describe", "--topic", "orders")
    broker.tool(TOPICS, "--delete", "--topic", "orders")
    wait_until("the topic is gone", lambda: broker.topics() == ["events"])
    missing = broker.tool(TOPICS, "--describe", "--topic", "orders", fails=True)
    assert "does not exist" in missing, missing


def records(broker):
    """The console producer's lines come back, with their keys and headers and in their order."""
    broker.produce("t", ["h1:v1,h2:v2|a|first", "h1:v3|b|second"], "--property", "parse.key=true", "--property",
                   "parse.headers=true", "--property", "key.separator=|", "--property", "headers.delimiter=|")
    printed = broker.consume("t", 2, "--from-beginning", "--property", "print.key=true", "--property",
                             "print.headers=true", "--property", "print.offset=true", "--property",
                             "print.partition=true")
    assert printed == ["Partition:0\tOffset:0\th1:v1,h2:v2\ta\tfirst",
                       "Partition:0\tOffset:1\th1:v3\tb\tsecond"], printed


def compression(broker):
    """All codecs of the Java client, acknowledged by its idempotent producer."""
    lines = [f"the same words again and again {number % 7}" for number in range(2000)]
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        broker.produce(codec, lines, "--compression-codec", codec)
        assert broker.consume(codec, len(lines), "--from-beginning") == lines, codec


def groups(broker):
    """A group goes on where it has committed; it is listed, described, set back and deleted."""
    broker.create("t", 2)
    broker.produce("t", numbers(100))
    first = broker.consume("t", 60, "--group", "readers", "--from-beginning")
    rest = broker.consume("t", 40, "--group", "readers")
    assert sorted(first + rest) == sorted(numbers(100)), (len(first), len(rest))
    assert "readers" in broker.tool(GROUPS, "--list").split()
    rows = broker.group("readers", "--describe")
    assert sorted(row["PARTITION"] for row in rows) == ["0", "1"], rows
    assert sum(int(row["CURRENT-OFFSET"]) for row in rows) == 100 and {row["LAG"] for row in rows} == {"0"}, rows
    state = broker.group("readers", "--describe", "--state")
    assert " ".join(state[0].values()).endswith("Empty 0"), state
    back = broker.tool(GROUPS, "--group", "readers", "--reset-offsets", "--topic", "t", "--to-earliest", "--execute")
    assert sorted(re.findall(r"readers +t +(\d+) +(\d+)", back)) == [("0", "0"), ("1", "0")], back
    assert sum(int(row["LAG"]) for row in broker.group("readers", "--describe")) == 100
    assert sorted(broker.consume("t", 100, "--group", "readers")) == sorted(numbers(100))
    assert "successful" in broker.tool(GROUPS, "--delete", "--group", "readers")
    assert "readers" not in broker.tool(GROUPS, "--list").split()


def members(broker):
    """A consumer that runs is shown as the member with all partitions."""
    broker.create("t", 3)
    command = apache_kafka.java(CONSUMER, "--bootstrap-server", broker.address, "--topic", "t", "--group", "readers")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=kafka.end_with_parent) as consumer:
        try:
            rows = wait_until("the member has its partitions", lambda: [
                row for row in broker.group("readers", "--describe", "--members", "--verbose")
                if row.get("#PARTITIONS") == "3"])
            assert rows[0]["ASSIGNMENT"] == "(0,1,2)" and rows[0]["HOST"] == "/127.0.0.1", rows
            refused = broker.tool(GROUPS, "--delete", "--group", "readers")
            assert "GroupNotEmptyException" in refused, refused
        finally:
            consumer.kill()


def configs(broker):
    """Those of a topic are shown, changed and reset; those of the broker are shown. What makes no sense is refused."""
    topic = ("--entity-type", "topics", "--entity-name", "t")
    broker.create("t")
    all_of_topic = broker.tool(CONFIGS, "--describe", *topic, "--all")
    assert "retention.ms=604800000" in all_of_topic and "cleanup.policy=delete" in all_of_topic, all_of_topic
    broker.tool(CONFIGS, "--alter", *topic, "--add-config", "retention.ms=1000000,segment.ms=5000")
    changed = broker.tool(CONFIGS, "--describe", *topic)
    assert "retention.ms=1000000" in changed and "segment.ms=5000" in changed, changed
    assert "cleanup.policy" not in changed, changed
    broker.tool(CONFIGS, "--alter", *topic, "--delete-config", "retention.ms")
    assert "retention.ms=1000000" not in broker.tool(CONFIGS, "--describe", *topic)
    refused = broker.tool(CONFIGS, "--alter", *topic, "--add-config", "retention.ms=soon", fails=True)
    assert "retention.ms" in refused, refused
    of_broker = broker.tool(CONFIGS, "--describe", "--entity-type", "brokers", "--entity-name", "1", "--all")
    assert "auto.create.topics.enable=true" in of_broker, of_broker


def offsets(broker):
    """The ends of a partition, the first record at a time, and records deleted from the front."""
    broker.produce("t", numbers(10), "--compression-codec", "gzip")

    def offset(time):
        return broker.tool(OFFSETS, "--topic", "t", "--time", time).strip()

    assert [offset("earliest"), offset("latest")] == ["t:0:0", "t:0:10"]
    newest = offset("max-timestamp")
    assert newest in [f"t:0:{number}" for number in range(10)], newest
    with open(f"{broker.directory}/delete.json", "w", encoding="utf-8") as file:
        file.write('{"version": 1, "partitions": [{"topic": "t", "partition": 0, "offset": 4}]}')
    deleted = broker.tool(DELETE_RECORDS, "--offset-json-file", file.name)
    assert "low_watermark: 4" in deleted, deleted
    assert [offset("earliest"), offset("1"), offset("latest")] == ["t:0:4", "t:0:4", "t:0:10"]
    assert broker.consume("t", 6, "--from-beginning") == numbers(10)[4:]


def performance(broker):
    """The tools that measure, with many requests under way."""
    count = 50_000
    done = apache_kafka.run_tool(PRODUCER_PERFORMANCE, "--topic", "t", "--num-records", str(count), "--record-size",
                                 "100", "--throughput", "-1", "--producer-props", f"bootstrap.servers={broker.address}",
                                 "acks=all", "compression.type=lz4")
    assert f"{count} records sent" in done, done
    read = broker.tool(CONSUMER_PERFORMANCE, "--topic", "t", "--messages", str(count), "--timeout", "60000")
    columns = [word.strip() for word in read.splitlines()[-1].split(",")]
    assert int(columns[4]) == count, read


def restart(broker):
    """What was acknowledged is there after a kill, with the groups' offsets."""
    broker.produce("t", numbers(50))
    assert broker.consume("t", 20, "--group", "readers", "--from-beginning") == numbers(50)[:20]
    broker.kill()
    broker.start()
    assert broker.consume("t", 30, "--group", "readers") == numbers(50)[20:]


SCENARIOS = [topics, records, compression, groups, members, configs, offsets, performance, restart]


def main():
    problem = apache_kafka.problem()
    if problem is not None:
        print(f"SKIPPED: {problem}")
        return kafka.SKIPPED
    return kafka.run_scenarios(SCENARIOS, sys.argv[1], sys.argv[2:], Broker)


if __name__ == "__main__":
    sys.exit(main())
