#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's SDK for Python exports to our collector; its query API must show what was exported.

    python_sdk_test.py SKERRY_PROGRAM SCENARIO
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

ANSWER_LIMIT_SECONDS = 10
MANY_SPANS = 5000
FREE = "127.0.0.1:0"
READY = re.compile(r"ready: OTLP grpc://(\S+) and http://(\S+), query http://(\S+), admin \S+\n")


class Collector:
    """A collector process; its data stays when it is stopped and started again."""

    def __init__(self, program):
        self.program = program
        self.directory = tempfile.mkdtemp(prefix="otlp-conformance-")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.directory)

    def start(self):
        command = [self.program, "collector", "--data", f"{self.directory}/data", "--listen", FREE, "--listen-http",
                   FREE, "--listen-query", FREE]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        ready = READY.fullmatch(line)
        assert ready, line
        self.grpc, self.http, self.query = ready.groups()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(ANSWER_LIMIT_SECONDS)
        self.process.stdout.close()
        return code

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.query}{path}", timeout=ANSWER_LIMIT_SECONDS) as answer:
            assert answer.headers["content-type"] == "application/json"
            return json.load(answer)["data"]

    def exporter(self, protocol, compressed=False):
        if protocol == "http":
            compression = Compression.Gzip if compressed else Compression.NoCompression
            return HttpExporter(endpoint=f"http://{self.http}/v1/traces", compression=compression)
        import grpc  # pylint: disable=import-outside-toplevel
        compression = grpc.Compression.Gzip if compressed else grpc.Compression.NoCompression
        return GrpcExporter(endpoint=self.grpc, insecure=True, compression=compression)


def export(exporter, make_spans):
    """Exports what `make_spans(tracer)` makes, and gives what that returns."""
    resource = Resource.create({"service.name": "python shop", "deployment.environment": "test"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    result = make_spans(provider.get_tracer("conformance", "1.2"))
    assert provider.force_flush(ANSWER_LIMIT_SECONDS * 1000), "the export failed"
    provider.shutdown()
    return result


def make_order(tracer):
    """A trace with what a span can have. Gives its id."""
    with tracer.start_as_current_span("before") as earlier:
        link = Link(earlier.get_span_context(), {"why": "follows"})
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, links=[link]) as outer:
        outer.set_attributes({"text": "äöü\n", "count": 3, "ratio": 0.5, "yes": True, "list": ["a", "b"]})
        with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT) as inner:
            inner.add_event("retry", {"attempt": 2})
            inner.set_status(Status(StatusCode.ERROR, "declined"))
        return f"{outer.get_span_context().trace_id:032x}"


def tags(item):
    return {tag["key"]: tag["value"] for tag in item["tags"]}


def check_order(collector, trace_id):
    (trace,) = collector.get(f"/api/traces/{trace_id}")
    spans = {span["operationName"]: span for span in trace["spans"]}
    outer, inner = spans["POST /orders"], spans["charge"]
    assert len(trace["spans"]) == 2, trace
    outer_tags, inner_tags = tags(outer), tags(inner)
    assert outer_tags["text"] == "äöü\n", outer_tags
    assert (outer_tags["count"], outer_tags["ratio"], outer_tags["yes"]) == (3, 0.5, True), outer_tags
    assert json.loads(outer_tags["list"]) == ["a", "b"], outer_tags
    assert outer_tags["span.kind"] == "server" and outer_tags["otel.scope.name"] == "conformance", outer_tags
    assert inner_tags["error"] is True and inner_tags["otel.status_description"] == "declined", inner_tags
    assert {"refType": "CHILD_OF", "traceID": trace_id, "spanID": outer["spanID"]} in inner["references"], inner
    assert any(reference["refType"] == "FOLLOWS_FROM" for reference in outer["references"]), outer
    fields = {field["key"]: field["value"] for field in inner["logs"][0]["fields"]}
    assert fields == {"event": "retry", "attempt": 2}, fields
    process = trace["processes"][outer["processID"]]
    assert process["serviceName"] == "python shop", process
    assert tags(process)["deployment.environment"] == "test", process


def check_search(collector, trace_id):
    assert collector.get("/api/services") == ["python shop"]
    assert set(collector.get("/api/services/python%20shop/operations")) == {"before", "POST /orders", "charge"}
    found = collector.get("/api/traces?service=python+shop&operation=charge&lookback=1h")
    assert [trace["traceID"] for trace in found] == [trace_id], found


def run_protocol(collector, protocol, compressed):
    trace_id = export(collector.exporter(protocol, compressed), make_order)
    check_order(collector, trace_id)
    check_search(collector, trace_id)
    assert collector.stop() == 0
    collector.start()


def run_again(collector, how):
    trace_id = export(collector.exporter("grpc"), make_order)
    collector.stop(how)
    collector.start()
    check_order(collector, trace_id)
    check_search(collector, trace_id)


def run_many_spans(collector):
    def make(tracer):
        with tracer.start_as_current_span("batch") as root:
            for number in range(MANY_SPANS):
                with tracer.start_as_current_span(f"item {number % 10}"):
                    pass
            return f"{root.get_span_context().trace_id:032x}"

    resource = Resource.create({"service.name": "python batch"})
    for protocol in ("grpc", "http"):
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(BatchSpanProcessor(collector.exporter(protocol), max_queue_size=2 * MANY_SPANS,
                                                       max_export_batch_size=MANY_SPANS))
        trace_id = make(provider.get_tracer("conformance"))
        provider.force_flush(ANSWER_LIMIT_SECONDS * 1000)
        provider.shutdown()
        (trace,) = collector.get(f"/api/traces/{trace_id}")
        assert len(trace["spans"]) == MANY_SPANS + 1, len(trace["spans"])


SCENARIOS = {
    "grpc": lambda collector: run_protocol(collector, "grpc", False),
    "grpc_gzip": lambda collector: run_protocol(collector, "grpc", True),
    "http": lambda collector: run_protocol(collector, "http", False),
    "http_gzip": lambda collector: run_protocol(collector, "http", True),
    "restart": lambda collector: run_again(collector, signal.SIGTERM),
    "kill": lambda collector: run_again(collector, signal.SIGKILL),
    "many_spans": run_many_spans,
}


def main():
    program, scenario = sys.argv[1:]
    with Collector(program) as collector:
        SCENARIOS[scenario](collector)
    print(f"{scenario}: as OpenTelemetry's SDK expects")


if __name__ == "__main__":
    main()
