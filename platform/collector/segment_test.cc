// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/segment.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "platform/collector/test_spans.h"

namespace skerry::platform::collector {
namespace {

class SegmentTest : public ::testing::Test {
 protected:
  std::unique_ptr<Segment> create() { return std::move(Segment::create(path_, 1, "order")).value(); }
  Result<std::unique_ptr<Segment>> reopen() { return Segment::open(path_, 1); }

  void append(Segment& segment, const std::vector<fixtures::SpanSpec>& specs, std::string_view host = "a") {
    OtlpResource resource;
    OtlpAttribute* attribute = resource.add_attributes();
    attribute->set_key("host.name");
    attribute->mutable_value()->set_string_value(std::string(host));
    const std::string origin = encode_origin(resource, OtlpScope());
    std::vector<OtlpSpan> spans;
    for (const auto& spec : specs) spans.push_back(fixtures::make_span(spec));
    std::vector<Segment::Item> items;
    for (const OtlpSpan& span : spans) items.push_back({&origin, &span, *key_of(span)});
    ASSERT_TRUE(segment.append(items).has_value());
  }
  static std::vector<std::string> names(const Segment& segment) {
    std::vector<std::string> found;
    for (const auto& entry : segment.index().entries()) {
      const std::optional<StoredSpan> stored = segment.read(entry);
      found.push_back(stored ? stored->span.name() : "unreadable");
    }
    return found;
  }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void overwrite(std::string_view bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<long>(bytes.size()));
  }

  disk::TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "1.spans";
};

using Names = std::vector<std::string>;

TEST_F(SegmentTest, spans_are_read_back_also_after_opening_again) {
  {
    auto segment = create();
    append(*segment, {{.span = 1, .name = "a"}, {.span = 2, .name = "b"}});
    append(*segment, {{.span = 3, .name = "c", .attributes = {{"big", std::string(5000, 'x')}}}}, "b");
    EXPECT_EQ(names(*segment), (Names{"a", "b", "c"}));
  }
  auto segment = reopen().value();
  EXPECT_EQ(segment->service(), "order");
  EXPECT_EQ(names(*segment), (Names{"a", "b", "c"}));
  EXPECT_EQ(segment->bytes(), content().size());
  const StoredSpan third = *segment->read(segment->index().entries()[2]);
  EXPECT_EQ(third.origin->resource.attributes(0).value().string_value(), "b");
  EXPECT_EQ(third.span.attributes(0).value().string_value().size(), 5000U);
}

TEST_F(SegmentTest, an_origin_is_written_once) {
  auto segment = create();
  append(*segment, {{.span = 1}});
  const std::uint64_t before = segment->bytes();
  append(*segment, {{.span = 2}});
  const std::uint64_t same_origin = segment->bytes() - before;
  append(*segment, {{.span = 3}}, "another");
  EXPECT_GT(segment->bytes() - before - same_origin, same_origin);
  segment.reset();
  segment = reopen().value();
  const std::uint64_t reopened = segment->bytes();
  append(*segment, {{.span = 4}});
  EXPECT_EQ(segment->bytes() - reopened, same_origin) << "known again after opening";
}

TEST_F(SegmentTest, a_torn_tail_is_cut_off_wherever_it_was_torn) {
  auto segment = create();
  append(*segment, {{.span = 1, .name = "first"}});
  const std::size_t whole = segment->bytes();
  append(*segment, {{.span = 2, .name = "second"}});
  segment.reset();
  const std::string bytes = content();
  for (std::size_t length = whole; length < bytes.size(); ++length) {
    overwrite(bytes.substr(0, length));
    auto opened = reopen();
    ASSERT_TRUE(opened.has_value()) << length;
    EXPECT_EQ(names(**opened), Names{"first"}) << length;
    EXPECT_EQ((*opened)->torn_bytes(), length - whole);
    EXPECT_EQ(content().size(), whole);
  }
}

TEST_F(SegmentTest, what_is_appended_after_a_torn_tail_is_found_again) {
  auto segment = create();
  append(*segment, {{.span = 1, .name = "first"}});
  append(*segment, {{.span = 2, .name = "torn"}});
  segment.reset();
  const std::string bytes = content();
  overwrite(bytes.substr(0, bytes.size() - 3));
  segment = reopen().value();
  append(*segment, {{.span = 3, .name = "third"}});
  segment.reset();
  segment = reopen().value();
  EXPECT_EQ(names(*segment), (Names{"first", "third"}));
  EXPECT_EQ(segment->torn_bytes(), 0U);
}

TEST_F(SegmentTest, a_tail_of_zeros_is_cut_off) {
  auto segment = create();
  append(*segment, {{.span = 1, .name = "first"}});
  segment.reset();
  overwrite(content() + std::string(4096, '\0'));
  EXPECT_EQ(names(**reopen()), Names{"first"});
}

TEST_F(SegmentTest, damage_in_the_middle_loses_what_follows_and_nothing_before) {
  auto segment = create();
  append(*segment, {{.span = 1, .name = "first"}});
  const std::size_t second = segment->bytes();
  append(*segment, {{.span = 2, .name = "second"}, {.span = 3, .name = "third"}});
  segment.reset();
  std::string bytes = content();
  bytes[second + 20] = static_cast<char>(bytes[second + 20] ^ 1);
  overwrite(bytes);
  EXPECT_EQ(names(**reopen()), Names{"first"});
}

TEST_F(SegmentTest, a_span_damaged_while_the_file_is_open_is_unreadable_and_the_others_are_not) {
  auto segment = create();
  append(*segment, {{.span = 1, .name = "first"}, {.span = 2, .name = "second"}});
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<long>(segment->index().entries()[0].offset) + 12);
  file.put('?');
  file.close();
  EXPECT_EQ(names(*segment), (Names{"unreadable", "second"}));
}

TEST_F(SegmentTest, a_file_without_a_whole_header_is_data_loss) {
  create();
  const std::string bytes = content();
  for (const std::string& damaged : {std::string(), bytes.substr(0, 5), std::string("something else entirely")}) {
    overwrite(damaged);
    const auto opened = reopen();
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), Code::kDataLoss);
  }
}

TEST_F(SegmentTest, the_index_finds_the_spans_of_a_trace_among_many) {
  auto segment = create();
  std::vector<fixtures::SpanSpec> specs;
  for (std::uint64_t i = 1; i <= 1000; ++i) specs.push_back({.trace = i % 100 + 1, .span = i});
  append(*segment, specs);
  for (std::uint64_t trace = 1; trace <= 100; ++trace) {
    int count = 0;
    segment->index().for_each_of_trace(fixtures::trace_id(trace), [&](const SpanIndex::Entry& entry) {
      EXPECT_EQ(segment->read_key(entry)->trace_id, fixtures::trace_id(trace));
      ++count;
    });
    EXPECT_EQ(count, 10);
  }
  int count = 0;
  segment->index().for_each_of_trace(fixtures::trace_id(1000), [&](const SpanIndex::Entry&) { ++count; });
  EXPECT_EQ(count, 0);
  EXPECT_EQ(segment->index().operations(), Names{"operation"});
}

}  // namespace
}  // namespace skerry::platform::collector
