// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>
#include <string_view>

#include "skerry/async/runtime.h"
#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace {

struct Greeting {
  std::string text;
  int times = 1;
};
BOOST_DESCRIBE_STRUCT(Greeting, (), (text, times))

skerry::Task<std::string> stored_and_read(std::string path) {
  const auto greeting = co_await skerry::parse_json<Greeting>(R"({"text":"hello","times":3})");
  auto db = co_await skerry::sql::Database::open({.path = path});
  co_await db->execute("create table greetings (text text, times int)");
  co_await db->execute("insert into greetings values (?, ?)", greeting.text, greeting.times);
  const auto read = co_await db->one<Greeting>("select text, times from greetings");
  co_return skerry::to_json(*read);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  skerry::Runtime runtime;
  const auto text = runtime.run([&] { return stored_and_read(argv[1]); });
  std::printf("%s\n", text ? text->c_str() : text.error().to_string().c_str());
  return text ? 0 : 1;
}
