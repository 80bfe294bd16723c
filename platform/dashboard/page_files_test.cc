// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/page_files.h"

#include <gtest/gtest.h>

#include "platform/dashboard/test_page.h"

namespace skerry::platform::dashboard {
namespace {

TEST(PageFiles, loads_all_files_with_their_types_by_the_path_of_the_url) {
  const TestPage page;
  page.write_usual();
  const Result<PageFiles> files = load_page(page.directory());
  ASSERT_TRUE(files.has_value()) << files.error().to_string();
  ASSERT_EQ(files->size(), 4U);
  EXPECT_EQ(files->at("/index.html").bytes, "<title>Skerry</title>");
  EXPECT_EQ(files->at("/index.html").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(files->at("/assets/index-Bq3xkT1a.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(files->at("/assets/index-Cz_0-9aZ.css").content_type, "text/css; charset=utf-8");
}

TEST(PageFiles, takes_a_folder_with_a_slash_at_its_end) {
  const TestPage page;
  page.write_usual();
  const Result<PageFiles> files = load_page(page.directory() / "");
  ASSERT_TRUE(files.has_value());
  EXPECT_TRUE(files->contains("/assets/index-Bq3xkT1a.js"));
}

TEST(PageFiles, follows_no_link_out_of_the_page) {
  const TestPage page;
  page.write_usual();
  std::filesystem::create_symlink(page.directory() / "../secret.txt", page.directory() / "link.txt");
  std::filesystem::create_directory_symlink(page.directory() / "..", page.directory() / "up");
  const Result<PageFiles> files = load_page(page.directory());
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->size(), 4U);
}

TEST(PageFiles, leaves_hidden_files_out) {
  const TestPage page;
  page.write_usual();
  page.write(".sources", "a sum");
  EXPECT_FALSE(load_page(page.directory())->contains("/.sources"));
}

TEST(PageFiles, are_found_beside_the_sources_that_a_program_was_built_from) {
  const TestPage page;
  const std::filesystem::path root = page.directory();
  page.write("web/package.json", "{}");
  EXPECT_EQ(find_page(root / "build/release/bin/skerry"), root / "web/dist") << "before the page is built, too";
}

TEST(PageFiles, are_found_where_they_were_installed_with_the_program) {
  const TestPage page;
  const std::filesystem::path root = page.directory();
  EXPECT_EQ(find_page(root / "bin/skerry"), root / "share/skerry/dashboard");
  page.write("share/skerry/dashboard/index.html", "one");
  EXPECT_EQ(find_page(root / "bin/skerry"), root / "share/skerry/dashboard");
}

TEST(PageFiles, reads_files_that_are_larger_than_a_piece_of_reading_byte_by_byte) {
  const TestPage page;
  std::string bytes;
  for (int index = 0; index < 100'000; ++index) bytes += static_cast<char>(index * 7);
  page.write("index.html", bytes);
  EXPECT_EQ(load_page(page.directory())->at("/index.html").bytes, bytes);
}

TEST(PageFiles, is_not_found_without_an_index) {
  const TestPage page;
  page.write("robots.txt", "none");
  EXPECT_EQ(load_page(page.directory()).error().code(), Code::kNotFound);
  EXPECT_EQ(load_page(page.directory() / "nowhere").error().code(), Code::kNotFound);
  EXPECT_EQ(page_stamp(page.directory()), "");
}

TEST(PageFiles, refuses_what_is_more_than_a_page) {
  const TestPage many;
  many.write("index.html", "");
  for (std::size_t index = 0; index < kMaxPageFiles; ++index) many.write(std::to_string(index), "");
  EXPECT_EQ(load_page(many.directory()).error().code(), Code::kResourceExhausted);
  const TestPage large;
  large.write("index.html", "");
  large.write("large", std::string(kMaxPageBytes + 1, 'x'));
  EXPECT_EQ(load_page(large.directory()).error().code(), Code::kResourceExhausted);
}

TEST(PageFiles, tells_names_with_a_hash_from_others) {
  EXPECT_TRUE(has_hashed_name("/assets/index-Bq3xkT1a.js"));
  EXPECT_TRUE(has_hashed_name("/assets/index-Cz_0-9aZ.css.map"));
  EXPECT_FALSE(has_hashed_name("/index-Bq3xkT1a.js"));
  EXPECT_FALSE(has_hashed_name("/assets/index.js"));
  EXPECT_FALSE(has_hashed_name("/assets/index-short.js"));
  EXPECT_FALSE(has_hashed_name("/assets/-Bq3xkT1a.js"));
  EXPECT_FALSE(has_hashed_name("/assets/index-Bq3 kT1a.js"));
}

TEST(PageFiles, gives_types_to_what_pages_have_and_none_to_other_files) {
  EXPECT_EQ(content_type_of("/icon.svg"), "image/svg+xml");
  EXPECT_EQ(content_type_of("/a.js.map"), "application/json");
  EXPECT_EQ(content_type_of("/a.exe"), "application/octet-stream");
  EXPECT_EQ(content_type_of("/js"), "application/octet-stream");
}

TEST(PageFiles, gives_tags_that_differ_with_the_content) {
  const TestPage page;
  page.write("index.html", "one");
  page.write("same.txt", "one");
  const std::string before = load_page(page.directory())->at("/index.html").entity_tag;
  EXPECT_EQ(load_page(page.directory())->at("/same.txt").entity_tag, before);
  EXPECT_TRUE(before.starts_with('"') && before.ends_with('"'));
  page.write("index.html", "two");
  EXPECT_NE(load_page(page.directory())->at("/index.html").entity_tag, before);
}

TEST(PageFiles, has_another_stamp_after_another_build) {
  const TestPage page;
  page.write("index.html", "one");
  const std::string before = page_stamp(page.directory());
  EXPECT_EQ(page_stamp(page.directory()), before);
  // A build replaces the file.
  std::filesystem::rename(page.directory() / "index.html", page.directory() / "old.html");
  page.write("index.html", "two");
  EXPECT_NE(page_stamp(page.directory()), before);
}

}  // namespace
}  // namespace skerry::platform::dashboard
