// SPDX-License-Identifier: Apache-2.0
#include "cmd/protoc-gen-skerry/generator.h"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace skerry::protoc_gen {
namespace {

using google::protobuf::compiler::DiskSourceTree;
using google::protobuf::compiler::Importer;

const std::filesystem::path kTestdata = SKERRY_GENERATOR_TESTDATA;

// Keeps the generated files in memory.
class MemoryContext final : public google::protobuf::compiler::GeneratorContext {
 public:
  google::protobuf::io::ZeroCopyOutputStream* Open(const std::string& name) override {
    return new google::protobuf::io::StringOutputStream(&files[name]);  // NOLINT: protobuf's interface owns it
  }
  std::map<std::string, std::string> files;
};

class RefusingErrors final : public google::protobuf::compiler::MultiFileErrorCollector {
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    ADD_FAILURE() << file << ":" << line + 1 << ":" << column + 1 << ": " << message;
  }
};

struct Outcome {
  std::map<std::string, std::string> files;
  bool succeeded = false;
  std::string error;
};

Outcome generate(const std::filesystem::path& root, const std::string& proto, const std::string& parameter = "") {
  DiskSourceTree tree;
  tree.MapPath("", root.string());
  tree.MapPath("", SKERRY_PROTOBUF_INCLUDE);
  RefusingErrors errors;
  Importer importer(&tree, &errors);
  const auto* file = importer.Import(proto);
  if (file == nullptr) return {};
  MemoryContext context;
  Outcome outcome;
  outcome.succeeded = Generator().Generate(file, parameter, &context, &outcome.error);
  outcome.files = std::move(context.files);
  return outcome;
}

Outcome generate_text(const std::string& text) {
  const auto root =
      std::filesystem::temp_directory_path() / ("skerry_generator_" + std::to_string(std::hash<std::string>()(text)));
  std::filesystem::create_directories(root);
  std::ofstream(root / "input.proto") << text;
  Outcome outcome = generate(root, "input.proto");
  std::filesystem::remove_all(root);
  return outcome;
}

std::string file_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::move(text).str();
}

// Compares both outputs with the golden files; SKERRY_REWRITE_GOLDEN=1 writes them instead, to be reviewed as a diff.
void expect_golden(const std::string& stem) {
  const Outcome outcome = generate(kTestdata, stem + ".proto");
  ASSERT_TRUE(outcome.succeeded) << outcome.error;
  ASSERT_EQ(outcome.files.size(), 2U);
  for (const auto& [name, text] : outcome.files) {
    const auto golden = kTestdata / (name + ".golden");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    if (std::getenv("SKERRY_REWRITE_GOLDEN") != nullptr) std::ofstream(golden) << text;
    EXPECT_EQ(text, file_text(golden)) << golden;
  }
}

TEST(ProtocGenerator, writes_all_four_kinds_with_comments_and_imports) { expect_golden("all_kinds"); }

TEST(ProtocGenerator, escapes_names_that_cpp_keeps_for_itself) { expect_golden("keywords"); }

TEST(ProtocGenerator, writes_a_file_without_a_package_to_the_global_namespace) { expect_golden("no_package"); }

TEST(ProtocGenerator, writes_both_files_for_a_file_without_services) {
  const Outcome outcome = generate(kTestdata, "shared.proto");
  ASSERT_TRUE(outcome.succeeded);
  ASSERT_EQ(outcome.files.size(), 2U);
  EXPECT_NE(outcome.files.at("shared.skerry.h").find("#include \"shared.pb.h\""), std::string::npos);
  EXPECT_EQ(outcome.files.at("shared.skerry.h").find("namespace"), std::string::npos);
}

TEST(ProtocGenerator, refuses_a_parameter_that_it_does_not_know) {
  const Outcome outcome = generate(kTestdata, "no_package.proto", "lite");
  EXPECT_FALSE(outcome.succeeded);
  EXPECT_NE(outcome.error.find("lite"), std::string::npos);
}

TEST(ProtocGenerator, refuses_a_client_that_would_have_the_name_of_another_type) {
  for (const auto* other : {"message AClient {}", "enum AClient { ZERO = 0; }", "service AClient {}"}) {
    const Outcome outcome = generate_text(std::string("syntax = \"proto3\"; service A {} ") + other);
    EXPECT_FALSE(outcome.succeeded) << other;
    EXPECT_NE(outcome.error.find("AClient"), std::string::npos) << other;
    EXPECT_TRUE(outcome.files.empty());
  }
}

TEST(ProtocGenerator, comment_cannot_swallow_the_line_behind_it) {
  const Outcome outcome = generate_text(R"(syntax = "proto3"; message M {}
// ends in a backslash \
service A {
  /* closes early * / and */
  rpc Call(M) returns (M);
})");
  ASSERT_TRUE(outcome.succeeded);
  const std::string& header = outcome.files.at("input.skerry.h");
  EXPECT_EQ(header.find("\\\n"), std::string::npos);
  EXPECT_NE(header.find("/// ends in a backslash"), std::string::npos);
}

}  // namespace
}  // namespace skerry::protoc_gen
