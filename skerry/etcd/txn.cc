// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/txn.h"

#include <algorithm>

namespace skerry::etcd {

Operation Operation::txn(Txn nested) { return Operation(std::make_shared<const Txn>(std::move(nested))); }

bool Operation::is_read() const {
  if (const auto* nested = std::get_if<std::shared_ptr<const Txn>>(&content_)) return (*nested)->is_read();
  return std::holds_alternative<Range>(content_);
}

bool Txn::is_read() const {
  const auto reads = [](const Operation& operation) { return operation.is_read(); };
  return std::all_of(then_.begin(), then_.end(), reads) && std::all_of(otherwise_.begin(), otherwise_.end(), reads);
}

}  // namespace skerry::etcd
