// SPDX-License-Identifier: Apache-2.0
#include <boost/describe/class.hpp>

#include <algorithm>

#include "skerry/base/encoding.h"
#include "skerry/sql/database.h"

namespace skerry::sql {
namespace {

struct AppliedStep {
  int version = 0;
  std::string name;
  std::int64_t checksum = 0;
};
BOOST_DESCRIBE_STRUCT(AppliedStep, (), (version, name, checksum))

Result<> check_steps(const std::vector<Migration>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].version <= 0) {
      return fail(Error::invalid_argument("migration {} has version {}", steps[i].name, steps[i].version));
    }
    if (i > 0 && steps[i].version == steps[i - 1].version) {
      return fail(Error::invalid_argument("two migrations have version {}", steps[i].version));
    }
  }
  return {};
}

Task<> apply_step(Transaction& tx, Migration step) {
  const std::int64_t checksum = crc32c(step.script);
  const auto applied = co_await tx.one<AppliedStep>(
      "select version, name, checksum from skerry_migrations where version = ?", step.version);
  if (applied && applied->checksum == checksum) co_return;
  if (applied) {
    co_await Error::failed_precondition("migration {} ({}) was changed after it had been applied", step.version,
                                        applied->name);
  }
  Result<> done = co_await tx.script(step.script).result();
  if (!done) co_await std::move(done).error().annotate(fmt::format("migration {} ({})", step.version, step.name));
  co_await tx.execute("insert into skerry_migrations values (?, ?, ?, datetime('now'))", step.version, step.name,
                      checksum);
}

}  // namespace

Task<> Database::migrate(std::vector<Migration> steps) {
  std::sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.version < b.version; });
  co_await check_steps(steps);
  co_await run_transaction(exclusive_kind(), [&steps](Transaction& tx) -> Task<> {
    co_await tx.script(
        "create table if not exists skerry_migrations (version integer primary key, name text not null, "
        "checksum integer not null, applied_at text not null) strict;");
    for (const Migration& step : steps) co_await apply_step(tx, step);
  });
}

}  // namespace skerry::sql
