# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka: its files, a broker of it as a process, and its command line tools.

    apache_kafka.py fetch       # once, by Maven, into build/kafka/jars

    with ApacheKafka() as kafka:
        run_tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", kafka.address, "--list")

peer/pom.xml names the version, peer/jars.sha512 every file that belongs to it with its checksum: others are not run.
"""

import hashlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from broker import COMMAND_LIMIT_SECONDS, end_with_parent, wait_until

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
JARS = ROOT / "build" / "kafka" / "jars"
LOCK = HERE / "peer" / "jars.sha512"
POM = HERE / "peer" / "pom.xml"
COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
TOOL_LIMIT_SECONDS = 120
START_LIMIT_SECONDS = 120

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
log.dirs={directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""

# Warnings go to standard error, so that what a tool prints is what it answers.
LOGGING = """\
log4j.rootLogger=WARN, err
log4j.appender.err=org.apache.log4j.ConsoleAppender
log4j.appender.err.Target=System.err
log4j.appender.err.layout=org.apache.log4j.PatternLayout
log4j.appender.err.layout.ConversionPattern=%d %p %m (%c)%n
"""


def locked():
    """The checksums by file name."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return {name: checksum for checksum, name in (line.split() for line in lines)}


def problem(directory=JARS):
    """What is wrong with the files, as a sentence; none when all are there and as they should be."""
    if not directory.is_dir():
        return "Apache Kafka is not there: ./dev conformance kafka fetches it"
    expected = locked()
    found = {path.name: path for path in directory.iterdir()}
    if found.keys() != expected.keys():
        return f"{directory}: files missing or not expected: {sorted(found.keys() ^ expected.keys())}"
    for name, path in found.items():
        if hashlib.sha512(path.read_bytes()).hexdigest() != expected[name]:
            return f"{path} has another checksum than {LOCK.name} says"
    return None


def fetch():
    """Has Maven bring what is not there; gives the exit code."""
    if problem() is None:
        return 0
    JARS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS.parent) as folder:
        # Maven writes beside the file that it reads, and checks every file that it gets against its repository.
        shutil.copy(POM, folder)
        subprocess.run(["mvn", "--batch-mode", "--quiet", "--strict-checksums", "-Dstyle.color=never", COPY_JARS,
                        "-DincludeScope=runtime", "-DoutputDirectory=jars"], cwd=folder, check=True)
        wrong = problem(pathlib.Path(folder) / "jars")
        if wrong is not None:
            print(wrong, file=sys.stderr)
            return 1
        shutil.rmtree(JARS, ignore_errors=True)
        os.rename(pathlib.Path(folder) / "jars", JARS)
    return 0


# For what ends soon: Java does not spend its time on compiling well.
SHORT_LIVED = ("-Xmx256m", "-XX:TieredStopAtLevel=1")


def java(main_class, *arguments, options=SHORT_LIVED):
    """The command that runs a class of Kafka's."""
    logging = JARS.parent / "log4j.properties"
    if not logging.exists() or logging.read_text(encoding="utf-8") != LOGGING:
        # Several tests may do this at once.
        with tempfile.NamedTemporaryFile("w", dir=logging.parent, delete=False, encoding="utf-8") as file:
            file.write(LOGGING)
        os.replace(file.name, logging)
    return ["java", *options, "-XX:+UseSerialGC", "-cp", f"{JARS}/*", f"-Dlog4j.configuration=file:{logging}",
            main_class, *arguments]


def run_tool(main_class, *arguments, text="", fails=False):
    """Runs a tool to its end and gives what it prints on standard output, and where it `fails` on both."""
    done = subprocess.run(java(main_class, *arguments), input=text, capture_output=True, text=True,
                          timeout=TOOL_LIMIT_SECONDS)
    told = f"{main_class} {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert (done.returncode != 0) == fails, told
    return done.stdout + done.stderr if fails else done.stdout


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class ApacheKafka:
    """One node of Kafka in KRaft mode, without ZooKeeper. `settings` are lines for its configuration, `command` goes
    before its own, to pin it to a processor for one."""

    def __init__(self, settings=(), command=(), directory=None):
        self.directory = tempfile.mkdtemp(prefix="apache-kafka-", dir=directory)
        self.settings = list(settings)
        self.command = list(command)
        self.process = None
        self.address = None

    def __enter__(self):
        broker, controller = free_ports(2)
        self.address = f"127.0.0.1:{broker}"
        path = os.path.join(self.directory, "server.properties")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(broker=broker, controller=controller, directory=self.directory))
            file.writelines(line + "\n" for line in self.settings)
        run_tool("kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", path)
        self.log = open(os.path.join(self.directory, "log"), "wb")
        self.process = subprocess.Popen(self.command + java("kafka.Kafka", path, options=["-Xmx512m"]),
                                        stdout=self.log, stderr=self.log, preexec_fn=end_with_parent)
        wait_until("Apache Kafka serves", self.serves, START_LIMIT_SECONDS)
        return self

    def serves(self):
        assert self.process.poll() is None, f"Apache Kafka ended:\n{self.output()}"
        try:
            host, port = self.address.split(":")
            socket.create_connection((host, int(port)), COMMAND_LIMIT_SECONDS).close()
        except ConnectionRefusedError:
            return False
        return "127.0.0.1" in run_tool("kafka.admin.BrokerApiVersionsCommand", "--bootstrap-server",
                                       self.address)

    def output(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["fetch"]:
        sys.exit(__doc__)
    sys.exit(fetch())
