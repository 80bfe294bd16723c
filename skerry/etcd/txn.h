// SPDX-License-Identifier: Apache-2.0
//
// Txn: several operations in one revision, chosen by comparisons: if all hold, the `then` ones are executed, else the
// `otherwise` ones. All comparisons look at the store before any operation.
//
//   etcd::Txn txn;
//   txn.when(etcd::version_of("lock") == 0)
//       .then(etcd::Operation::put("lock", "me"))
//       .otherwise(etcd::Operation::range("lock"));
//   etcd::TxnResult result = co_await client->commit(txn);
//   if (!result.succeeded) co_await Error::aborted("held by {}", result.range(0).key_values[0].value);
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "skerry/base/check.h"
#include "skerry/etcd/types.h"

namespace skerry::etcd {

/// One comparison. Made by the functions below: `mod_revision_of(key) < 12`. For a key that does not exist, the
/// version, the revisions and the lease are 0, and no comparison of its value holds.
struct Compare {
  enum class Target : std::uint8_t { kVersion, kCreateRevision, kModRevision, kValue, kLease };
  enum class Relation : std::uint8_t { kEqual, kGreater, kLess, kNotEqual };
  /// Over a range of keys, it has to hold for each.
  KeyRange keys;
  Target target = Target::kVersion;
  Relation relation = Relation::kEqual;
  std::int64_t number = 0;
  std::string value;
};

/// The left side of a comparison.
template <class Value>
struct Comparand {
  KeyRange keys;
  Compare::Target target;

  Compare operator==(Value value) const { return compare(Compare::Relation::kEqual, std::move(value)); }
  Compare operator!=(Value value) const { return compare(Compare::Relation::kNotEqual, std::move(value)); }
  Compare operator<(Value value) const { return compare(Compare::Relation::kLess, std::move(value)); }
  Compare operator>(Value value) const { return compare(Compare::Relation::kGreater, std::move(value)); }

 private:
  Compare compare(Compare::Relation relation, Value value) const {
    Compare made{.keys = keys, .target = target, .relation = relation};
    if constexpr (std::is_same_v<Value, std::string>) {
      made.value = std::move(value);
    } else {
      made.number = value;
    }
    return made;
  }
};

inline Comparand<std::int64_t> version_of(std::string key) {
  return {KeyRange::single(std::move(key)), Compare::Target::kVersion};
}
inline Comparand<std::int64_t> create_revision_of(std::string key) {
  return {KeyRange::single(std::move(key)), Compare::Target::kCreateRevision};
}
inline Comparand<std::int64_t> mod_revision_of(std::string key) {
  return {KeyRange::single(std::move(key)), Compare::Target::kModRevision};
}
inline Comparand<std::int64_t> lease_of(std::string key) {
  return {KeyRange::single(std::move(key)), Compare::Target::kLease};
}
inline Comparand<std::string> value_of(std::string key) {
  return {KeyRange::single(std::move(key)), Compare::Target::kValue};
}

class Txn;

/// One operation of a transaction.
class Operation {
 public:
  struct Range {
    KeyRange keys;
    RangeOptions options;
  };
  struct Put {
    std::string key;
    std::string value;
    PutOptions options;
  };
  struct Delete {
    KeyRange keys;
    DeleteOptions options;
  };

  static Operation range(std::string key) { return Operation(Range{KeyRange::single(std::move(key)), {}}); }
  static Operation range(KeyRange keys, RangeOptions options = {}) {
    return Operation(Range{std::move(keys), options});
  }
  static Operation put(std::string key, std::string value, PutOptions options = {}) {
    return Operation(Put{std::move(key), std::move(value), options});
  }
  static Operation remove(std::string key) { return Operation(Delete{KeyRange::single(std::move(key)), {}}); }
  static Operation remove(KeyRange keys, DeleteOptions options = {}) {
    return Operation(Delete{std::move(keys), options});
  }
  /// A transaction in a transaction, with comparisons of its own.
  static Operation txn(Txn nested);

  using Content = std::variant<Range, Put, Delete, std::shared_ptr<const Txn>>;
  const Content& content() const { return content_; }
  /// Whether it changes nothing, whatever its comparisons say.
  bool is_read() const;

 private:
  explicit Operation(Content content) : content_(std::move(content)) {}
  Content content_;
};

/// See the head of this file. A value; the server accepts 128 operations in each list unless set otherwise.
class Txn {
 public:
  Txn& when(Compare comparison) {
    comparisons_.push_back(std::move(comparison));
    return *this;
  }
  Txn& then(Operation operation) {
    then_.push_back(std::move(operation));
    return *this;
  }
  Txn& otherwise(Operation operation) {
    otherwise_.push_back(std::move(operation));
    return *this;
  }

  const std::vector<Compare>& comparisons() const { return comparisons_; }
  const std::vector<Operation>& then_operations() const { return then_; }
  const std::vector<Operation>& otherwise_operations() const { return otherwise_; }
  bool is_read() const;

 private:
  std::vector<Compare> comparisons_;
  std::vector<Operation> then_;
  std::vector<Operation> otherwise_;
};

/// What a transaction did. The results are those of the operations that were executed, in their order; asking for
/// another kind than the operation's is a bug of the caller.
struct TxnResult {
  using Item = std::variant<RangeResult, PutResult, DeleteResult, std::shared_ptr<const TxnResult>>;

  ResponseHeader header;
  /// Whether the comparisons held.
  bool succeeded = false;
  std::vector<Item> results;

  const RangeResult& range(std::size_t index) const { return at<RangeResult>(index); }
  const PutResult& put(std::size_t index) const { return at<PutResult>(index); }
  const DeleteResult& removal(std::size_t index) const { return at<DeleteResult>(index); }
  const TxnResult& nested(std::size_t index) const { return *at<std::shared_ptr<const TxnResult>>(index); }

 private:
  template <class T>
  const T& at(std::size_t index) const {
    SKERRY_CHECK(index < results.size() && std::holds_alternative<T>(results[index]), "a result of another kind");
    return std::get<T>(results[index]);
  }
};

}  // namespace skerry::etcd
