// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/key.h"

#include <gtest/gtest.h>

namespace skerry::saga {
namespace {

TEST(SagaKey, is_written_as_people_would_read_it) {
  EXPECT_EQ((Key{"o17", "charge"}).text(), "o17/charge");
  EXPECT_EQ((Key{"o17", "charge", 1}).text(), "o17/charge/compensate");
  EXPECT_EQ((Key{"o17", "charge", 2}).text(), "o17/charge/compensate/2");
}

TEST(SagaKey, reads_what_it_wrote_also_with_slashes_in_the_id) {
  for (const char* id : {"o17", "eu/o17", "a/compensate", "a/compensate/2", "1", "a/2", "with space"}) {
    for (int round : {0, 1, 2, 9, kMaxRounds}) {
      const Key key{id, "charge-2_b", round};
      const Result<Key> read = Key::parse(key.text());
      ASSERT_TRUE(read) << key.text();
      EXPECT_EQ(*read, key);
    }
  }
}

TEST(SagaKey, refuses_what_it_would_not_write) {
  for (const char* text :
       {"", "/", "o17", "o17/", "/charge", "o17/Charge", "o17/charge/", "o17/charge/2", "o17/charge/compensate/1",
        "o17/charge/compensate/0", "o17/charge/compensate/02", "o17/charge/compensate/+2", "o17/charge/compensate/101",
        "o17/charge/compensate/99999999999", "compensate", "o17/compensate", "o\n/charge", "\xff/charge"}) {
    EXPECT_FALSE(Key::parse(text)) << text;
  }
}

TEST(SagaKey, an_id_is_bounded) {
  EXPECT_TRUE(valid_id(std::string(kMaxIdBytes, 'x')));
  EXPECT_FALSE(valid_id(std::string(kMaxIdBytes + 1, 'x')));
  EXPECT_FALSE(valid_step_name(std::string(kMaxStepNameBytes + 1, 'x')));
}

}  // namespace
}  // namespace skerry::saga
