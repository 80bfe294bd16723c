// SPDX-License-Identifier: Apache-2.0
//
// KeyedMutex: mutual exclusion between tasks that work on the same key. A key costs memory only while it is in use.
//
//   KeyedMutex::Use use(mutexes, key);
//   auto guard = co_await use.mutex().lock();
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "skerry/async/sync.h"

namespace shop {

/// Any worker.
class KeyedMutex {
  struct Entry {
    skerry::Mutex mutex;
    std::size_t uses = 0;
  };

 public:
  KeyedMutex() = default;
  KeyedMutex(const KeyedMutex&) = delete;
  KeyedMutex& operator=(const KeyedMutex&) = delete;

  /// A use of the mutex of one key. Outlives the guards that it gave.
  class Use {
   public:
    Use(KeyedMutex& mutexes, std::string key) : mutexes_(mutexes), key_(std::move(key)) {
      std::lock_guard lock(mutexes_.mutex_);
      entry_ = &mutexes_.entries_[key_];
      ++entry_->uses;
    }
    ~Use() {
      std::lock_guard lock(mutexes_.mutex_);
      if (--entry_->uses == 0) mutexes_.entries_.erase(key_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    skerry::Mutex& mutex() { return entry_->mutex; }

   private:
    KeyedMutex& mutexes_;
    const std::string key_;
    Entry* entry_;
  };

  /// Keys in use.
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // its elements stay where they are
};

}  // namespace shop
