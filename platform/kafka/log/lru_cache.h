// SPDX-License-Identifier: Apache-2.0
//
// LruCache: values by key up to a total weight; what was not asked for the longest goes first. Values are meant to be
// shared pointers, which whoever has one keeps. Any thread.
//
//   LruCache<std::string, std::shared_ptr<const Index>> cache(max_bytes);
//   cache.put(path, index, index->bytes());
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace skerry::platform::kafka::log {

template <class Key, class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t max_weight) : max_weight_(max_weight) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  std::optional<Value> get(const Key& key) {
    std::lock_guard lock(mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end()) return std::nullopt;
    order_.splice(order_.end(), order_, it->second);
    return it->second->value;
  }
  /// Replaces what is there. A value that is heavier than the whole cache is not kept.
  void put(const Key& key, Value value, std::size_t weight) {
    std::lock_guard lock(mutex_);
    if (const auto old = entries_.find(key); old != entries_.end()) erase(old);
    if (weight > max_weight_) return;
    while (weight_ + weight > max_weight_) erase(entries_.find(order_.front().key));
    entries_.emplace(key, order_.insert(order_.end(), Entry{key, std::move(value), weight}));
    weight_ += weight;
  }
  void erase(const Key& key) {
    std::lock_guard lock(mutex_);
    if (const auto it = entries_.find(key); it != entries_.end()) erase(it);
  }
  std::size_t weight() const {
    std::lock_guard lock(mutex_);
    return weight_;
  }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t weight;
  };
  using Order = std::list<Entry>;  // the longest unused first
  using Entries = std::map<Key, typename Order::iterator>;

  void erase(typename Entries::iterator it) {
    weight_ -= it->second->weight;
    order_.erase(it->second);
    entries_.erase(it);
  }

  const std::size_t max_weight_;
  mutable std::mutex mutex_;
  Order order_;
  Entries entries_;
  std::size_t weight_ = 0;
};

}  // namespace skerry::platform::kafka::log
