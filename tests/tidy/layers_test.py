# SPDX-License-Identifier: Apache-2.0
import unittest

import layers
from tree import Tree


def problems(check, files):
    return [str(problem) for problem in check(Tree(files))]


class LayersTest(unittest.TestCase):
    def upward(self, source, target):
        files = {source: f'#include "{target}"\n', target: "#pragma once\n"}
        return problems(layers.check_layers, files)

    def test_a_folder_may_include_what_is_below_it(self):
        for source, target in [
            ("skerry/http/a.cc", "skerry/net/b.h"),
            ("skerry/grpc/a.cc", "skerry/base/b.h"),
            ("skerry/etcd/a.cc", "skerry/grpc/b.h"),
            ("skerry/saga/a.cc", "skerry/events/b.h"),
            ("skerry/service/a.cc", "skerry/discovery/b.h"),
            ("skerry/sim/a.cc", "skerry/net/b.h"),
            ("skerry/http/a_test.cc", "skerry/sim/b.h"),
            ("platform/etcd/a.cc", "platform/raft/b.h"),
            ("platform/gateway/a.cc", "skerry/service/b.h"),
            ("cmd/skerry/a.cc", "platform/gateway/b.h"),
            ("examples/shop/a.cc", "skerry/service/b.h"),
            ("skerry/http/a_test.cc", "tests/fixtures/b.h"),
        ]:
            self.assertEqual(self.upward(source, target), [], f"{source} > {target}")

    def test_a_folder_may_not_include_what_is_above_or_beside_it(self):
        for source, target in [
            ("skerry/base/a.cc", "skerry/async/b.h"),
            ("skerry/net/a.h", "skerry/http/b.h"),
            ("skerry/net/a_test.cc", "skerry/http/b.h"),
            ("skerry/etcd/a.cc", "skerry/kafka/b.h"),
            ("skerry/config/a.cc", "skerry/discovery/b.h"),
            ("skerry/events/a.cc", "skerry/saga/b.h"),
            ("skerry/http/a.cc", "skerry/sim/b.h"),
            ("skerry/sim/a.cc", "skerry/http/b.h"),
            ("skerry/http/a.cc", "platform/gateway/b.h"),
            ("skerry/novel/a.cc", "skerry/base/b.h"),
            ("platform/gateway/a.cc", "platform/etcd/b.h"),
            ("platform/raft/a.cc", "platform/etcd/b.h"),
            ("platform/raft/a.cc", "skerry/async/b.h"),
            ("platform/novel/a.cc", "skerry/base/b.h"),
            ("platform/gateway/a.cc", "skerry/sim/b.h"),
            ("platform/gateway/a.cc", "cmd/skerry/b.h"),
            ("examples/shop/a.cc", "platform/etcd/b.h"),
            ("skerry/http/a.cc", "tests/fixtures/b.h"),
        ]:
            self.assertEqual(len(self.upward(source, target)), 1, f"{source} > {target}")

    def test_the_problem_names_file_line_and_reason(self):
        files = {"skerry/net/a.cc": '\n#include <map>\n  #  include "skerry/http/b.h"\n', "skerry/http/b.h": ""}
        self.assertEqual(problems(layers.check_layers, files),
                         ['skerry/net/a.cc:3: #include "skerry/http/b.h": skerry/net is not above skerry/http'])

    def test_includes_are_written_from_the_root(self):
        files = {"skerry/net/a.cc": '#include "b.h"\n', "skerry/net/b.h": ""}
        self.assertIn('write the path from the root, "skerry/net/b.h"', problems(layers.check_layers, files)[0])

    def test_an_included_file_exists_or_is_generated(self):
        files = {"skerry/net/a.cc": '#include "skerry/net/gone.h"\n#include "skerry/net/made.pb.h"\n'}
        self.assertEqual(problems(layers.check_layers, files),
                         ['skerry/net/a.cc:1: #include "skerry/net/gone.h": there is no such file'])


class ConfinedLibrariesTest(unittest.TestCase):
    def test_a_library_is_included_by_the_folder_that_wraps_it(self):
        files = {"skerry/net/a.cc": "#include <boost/asio/ip/tcp.hpp>\n",
                 "skerry/http/a_test.cc": "#include <nghttp2/nghttp2.h>\n"}
        self.assertEqual(problems(layers.check_confined_libraries, files), [])

    def test_a_library_is_included_by_no_other_folder(self):
        files = {"skerry/http/a.cc": "#include <boost/asio/ip/tcp.hpp>\n",
                 "platform/etcd/b.cc": "#include <sqlite3.h>\n"}
        self.assertEqual(len(problems(layers.check_confined_libraries, files)), 2)

    def test_an_exception_needs_a_reason(self):
        line = "#include <nghttp2/nghttp2.h>  // tidy: allow(confined)"
        check, path = layers.check_confined_libraries, "skerry/grpc/a.cc"
        self.assertEqual(len(problems(check, {path: line + "\n"})), 1)
        self.assertEqual(problems(check, {path: line + " its error codes\n"}), [])

    def test_no_source_of_a_service_reaches_a_confined_header(self):
        files = {"examples/hello/a.cc": '#include "skerry/service/service.h"\n',
                 "skerry/service/service.h": '#include "skerry/net/stream.h"\n',
                 "skerry/net/stream.h": "#include <boost/asio/ip/tcp.hpp>\n"}
        found = problems(layers.check_confined_libraries, files)
        self.assertEqual(len(found), 2)
        self.assertIn("by examples/hello/a.cc > skerry/service/service.h > skerry/net/stream.h", found[0])


class UnusedHeadersTest(unittest.TestCase):
    def test_a_header_that_nobody_includes_is_found(self):
        files = {"skerry/net/a.h": "", "skerry/net/b.h": "", "skerry/net/a.cc": '#include "skerry/net/a.h"\n'}
        self.assertEqual(problems(layers.check_headers_are_used, files),
                         ["skerry/net/b.h:1: no file includes this header"])


if __name__ == "__main__":
    unittest.main()
