// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/yaml.h"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "skerry/base/json.h"

namespace skerry {
namespace {

std::string yaml_as_json(std::string_view text) {
  const Result<boost::json::value> parsed = config::parse_yaml(text);
  return parsed ? json_text(*parsed) : parsed.error().to_string();
}

TEST(Yaml, reads_maps_sequences_and_scalars) {
  EXPECT_EQ(yaml_as_json("platform:\n  etcd: http://127.0.0.1:2379\nservices:\n  - name: order\n    instances: 2\n"
                         "    config: {max_items: 50, open: true, rate: 1.5}\n"),
            R"({"platform":{"etcd":"http://127.0.0.1:2379"},"services":[{"name":"order","instances":2,)"
            R"("config":{"max_items":50,"open":true,"rate":1.5E0}}]})");
}

TEST(Yaml, plain_scalars_follow_the_core_schema) {
  EXPECT_EQ(yaml_as_json("[~, null, '', true, False, no, yes, on]"), R"([null,null,"",true,false,"no","yes","on"])");
  EXPECT_EQ(yaml_as_json("[1, -2, +3, 0x1F, 0o17, 18446744073709551615]"), "[1,-2,3,31,15,18446744073709551615]");
  EXPECT_EQ(yaml_as_json("[0.5, -1e3, .5]"), "[5E-1,-1E3,5E-1]");
  EXPECT_EQ(yaml_as_json("[1.2.3, 1-2, 12:30, e, 127.0.0.1, 007x]"),
            R"(["1.2.3","1-2","12:30","e","127.0.0.1","007x"])");
}

TEST(Yaml, quoted_scalars_are_strings) {
  EXPECT_EQ(yaml_as_json(R"(["1", 'true', "null", !!str 5])"), R"(["1","true","null","5"])");
  EXPECT_EQ(yaml_as_json("a: |\n  12\n"), R"({"a":"12\n"})");
}

TEST(Yaml, an_empty_document_is_null) {
  EXPECT_EQ(yaml_as_json(""), "null");
  EXPECT_EQ(yaml_as_json("# only a comment\n"), "null");
}

TEST(Yaml, json_is_yaml) { EXPECT_EQ(yaml_as_json(R"({"a":[1,{"b":"c"}]})"), R"({"a":[1,{"b":"c"}]})"); }

TEST(Yaml, an_error_says_where) {
  EXPECT_TRUE(yaml_as_json("a: [1, 2\nb: 3").starts_with("INVALID_ARGUMENT: line 2"));
  EXPECT_EQ(yaml_as_json("a: 1\na: 2\n"), "INVALID_ARGUMENT: line 2, column 1: a is there twice");
  EXPECT_EQ(yaml_as_json("[.inf]"), "INVALID_ARGUMENT: line 1, column 2: expected a finite number");
  EXPECT_EQ(yaml_as_json("a: 1\n---\nb: 2\n"), "INVALID_ARGUMENT: expected one document, got several");
  // For the parser below this is an endless row of documents.
  EXPECT_EQ(yaml_as_json(","), "INVALID_ARGUMENT: expected one document, got several");
  EXPECT_EQ(yaml_as_json("? [a]\n: 1\n"), "INVALID_ARGUMENT: line 1, column 3: expected a name before the colon");
}

TEST(Yaml, aliases_are_resolved_and_their_expansion_is_bounded) {
  EXPECT_EQ(yaml_as_json("a: &x {k: 1}\nb: *x\n"), R"({"a":{"k":1},"b":{"k":1}})");
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n", i, i - 1);
  }
  EXPECT_EQ(yaml_as_json(bomb), "RESOURCE_EXHAUSTED: the document has more than 100000 values");
}

TEST(Yaml, an_alias_of_itself_is_refused) {
  const std::string answer = yaml_as_json("a: &a [*a]\n");
  EXPECT_TRUE(answer.starts_with("INVALID_ARGUMENT") || answer.starts_with("RESOURCE_EXHAUSTED")) << answer;
}

TEST(Yaml, nesting_and_length_are_bounded) {
  EXPECT_TRUE(yaml_as_json(std::string(100'000, '[')).starts_with("RESOURCE_EXHAUSTED"));
  std::string dashes;
  for (int i = 0; i < 10'000; ++i) dashes += "- ";
  EXPECT_TRUE(yaml_as_json(dashes + "x").starts_with("RESOURCE_EXHAUSTED"));
  EXPECT_TRUE(yaml_as_json(std::string(config::kMaxYamlBytes + 1, ' ')).starts_with("RESOURCE_EXHAUSTED"));
}

TEST(Yaml, the_error_of_a_file_begins_with_its_path) {
  const std::string path = testing::TempDir() + fmt::format("/yaml_test_{}.yaml", getpid());
  EXPECT_EQ(config::read_yaml_file(path).error().code(), Code::kNotFound);
  std::ofstream(path) << "a: [1\n";
  EXPECT_TRUE(config::read_yaml_file(path).error().message().starts_with(path + ": line"));
  std::ofstream(path) << "a: 1\n";
  EXPECT_EQ(json_text(config::read_yaml_file(path).value()), R"({"a":1})");
  unlink(path.c_str());
}

}  // namespace
}  // namespace skerry
