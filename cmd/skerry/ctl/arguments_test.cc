// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/arguments.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <cstdlib>

namespace skerry::cmd {
namespace {

using Words = std::vector<std::string>;

/// A command line, parsed as the program does it.
struct ParsedLine {
  explicit ParsedLine(Words words) {
    app.require_subcommand(1);
    arguments.add_to(app);
    std::ranges::reverse(words);
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      failure = error.what();
    }
  }

  CLI::App app{"test", "skerry"};
  CtlArguments arguments;
  std::string failure;
};

std::optional<DeadLetterArguments> dead_letter_line(Words words) {
  words.insert(words.begin(), {"ctl", "dlq"});
  const ParsedLine line(std::move(words));
  EXPECT_EQ(line.failure, "");
  EXPECT_FALSE(line.arguments.sagas());
  return line.arguments.dead_letters();
}

std::optional<SagaArguments> saga_line(Words words) {
  words.insert(words.begin(), {"ctl", "saga"});
  const ParsedLine line(std::move(words));
  EXPECT_EQ(line.failure, "");
  EXPECT_FALSE(line.arguments.dead_letters());
  return line.arguments.sagas();
}

std::string refusal_of(Words words) {
  words.insert(words.begin(), "ctl");
  return ParsedLine(std::move(words)).failure;
}

TEST(CtlArguments, of_dead_letters_name_a_topic_a_group_and_letters) {
  const auto list = dead_letter_line({"list"});
  EXPECT_EQ(list->action, DeadLetterAction::kList);
  EXPECT_EQ(list->data, ".skerry");
  EXPECT_EQ(list->limit, kDefaultListed);
  EXPECT_FALSE(list->json);
  const auto one = dead_letter_line({"list", "orders", "payment", "--limit", "7", "--json", "--data", "/d"});
  EXPECT_EQ(one->topic, "orders");
  EXPECT_EQ(one->group, "payment");
  EXPECT_EQ(one->limit, 7U);
  EXPECT_EQ(one->data, "/d");
  EXPECT_TRUE(one->json);
  const auto show = dead_letter_line({"show", "orders", "payment", "0:17", "1:3"});
  EXPECT_EQ(show->action, DeadLetterAction::kShow);
  EXPECT_EQ(show->ids, (Words{"0:17", "1:3"}));
  const auto redrive = dead_letter_line({"redrive", "orders", "payment", "--all", "--kafka", "h:1"});
  EXPECT_EQ(redrive->action, DeadLetterAction::kRedrive);
  EXPECT_TRUE(redrive->all);
  EXPECT_EQ(redrive->kafka, "h:1");
  const auto discard = dead_letter_line({"discard", "orders", "payment", "0:17"});
  EXPECT_EQ(discard->action, DeadLetterAction::kDiscard);
  EXPECT_FALSE(discard->all);
}

TEST(CtlArguments, of_sagas_name_services_states_and_ids) {
  const auto list = saga_line({"list", "--service", "order", "--state", "stuck", "--saga", "purchase"});
  EXPECT_EQ(list->action, SagaAction::kList);
  EXPECT_EQ(list->service, "order");
  EXPECT_EQ(list->state, "stuck");
  EXPECT_EQ(list->saga, "purchase");
  const auto show = saga_line({"show", "o1", "o2", "--etcd", "http://h:1"});
  EXPECT_EQ(show->action, SagaAction::kShow);
  EXPECT_EQ(show->ids, (Words{"o1", "o2"}));
  EXPECT_EQ(show->etcd, "http://h:1");
  const auto retry = saga_line({"retry", "--all", "--state", "compensating"});
  EXPECT_EQ(retry->action, SagaAction::kRetry);
  EXPECT_TRUE(retry->all);
  EXPECT_EQ(retry->state, "compensating");
  const auto compensate = saga_line({"compensate", "o1", "--reason", "recalled"});
  EXPECT_EQ(compensate->action, SagaAction::kCompensate);
  EXPECT_EQ(compensate->reason, "recalled");
}

TEST(CtlArguments, take_the_environment_where_an_option_is_missing) {
  // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
  ::setenv("SKERRY_KAFKA", "broker:9092", 1);
  ::setenv("SKERRY_ETCD", "http://registry:2379", 1);
  EXPECT_EQ(dead_letter_line({"list"})->kafka, "broker:9092");
  EXPECT_EQ(dead_letter_line({"list", "--kafka", "other:1"})->kafka, "other:1");
  EXPECT_EQ(saga_line({"list"})->etcd, "http://registry:2379");
  ::unsetenv("SKERRY_KAFKA");
  ::unsetenv("SKERRY_ETCD");
  // NOLINTEND(concurrency-mt-unsafe)
}

TEST(CtlArguments, that_change_something_say_to_what) {
  for (const Words& words : std::vector<Words>{{"dlq", "redrive", "orders", "payment"},
                                               {"dlq", "discard", "orders", "payment"},
                                               {"saga", "retry"},
                                               {"saga", "compensate"}}) {
    const std::string refusal = refusal_of(words);
    EXPECT_NE(refusal.find("--all"), std::string::npos) << words[1] << ": " << refusal;
    Words both = words;
    both.insert(both.end(), {"0:1", "--all"});
    EXPECT_NE(refusal_of(both), "") << words[1];
  }
}

TEST(CtlArguments, that_make_no_sense_are_refused) {
  const std::vector<Words> wrong{{"dlq"},
                                 {"saga"},
                                 {"dlq", "show", "orders", "payment"},
                                 {"dlq", "show", "orders"},
                                 {"dlq", "redrive", "orders", "--all"},
                                 {"dlq", "list", "a", "b", "c"},
                                 {"dlq", "list", "--limit", "0"},
                                 {"dlq", "list", "--limit", "100000"},
                                 {"dlq", "list", "--all"},
                                 {"dlq", "list", "--service", "x"},
                                 {"saga", "show"},
                                 {"saga", "list", "--kafka", "h:1"},
                                 {"saga", "show", "o1", "--all"}};
  for (const Words& words : wrong) EXPECT_NE(refusal_of(words), "") << ::testing::PrintToString(words);
  EXPECT_NE(refusal_of({"dlq", "show", "orders", "payment", "17"}).find("PARTITION:OFFSET"), std::string::npos);
  EXPECT_NE(refusal_of({"saga", "list", "--state", "odd"}).find("expected running, compensating"), std::string::npos);
}

TEST(LetterId, is_a_partition_and_an_offset) {
  const auto id = parse_letter_id("3:1042");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->partition, 3);
  EXPECT_EQ(id->offset, 1042);
  EXPECT_EQ(letter_id(id->partition, id->offset), "3:1042");
  for (const char* wrong : {"", ":", "1", "1:", ":1", "-1:2", "1:-2", "a:1", "1:2:3", "1: 2", "99999999999:1"}) {
    EXPECT_FALSE(parse_letter_id(wrong)) << wrong;
  }
}

TEST(MisspeltCommand, is_named_with_the_help_that_lists_the_right_ones) {
  const ParsedLine line({"ctl", "dlq", "list"});
  const auto misspelt = [&](std::vector<const char*> words) {
    words.insert(words.begin(), "skerry");
    return misspelt_command(line.app, static_cast<int>(words.size()), words.data()).value_or("");
  };
  EXPECT_EQ(misspelt({"clt"}), "skerry: there is no command 'clt'; see skerry --help");
  EXPECT_EQ(misspelt({"ctl", "dql"}), "skerry ctl: there is no command 'dql'; see skerry ctl --help");
  EXPECT_EQ(misspelt({"ctl", "saga", "undo", "o1"}),
            "skerry ctl saga: there is no command 'undo'; see skerry ctl saga --help");
  EXPECT_EQ(misspelt({"ctl", "dlq", "list", "orders"}), "");
  EXPECT_EQ(misspelt({"ctl", "dlq", "redrive", "orders"}), "");
  EXPECT_EQ(misspelt({"ctl", "--help"}), "");
  EXPECT_EQ(misspelt({}), "");
}

}  // namespace
}  // namespace skerry::cmd
