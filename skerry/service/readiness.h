// SPDX-License-Identifier: Apache-2.0
//
// Readiness: what has to be so before a process takes requests, by name. /ready answers from it.
//
//   Readiness readiness;
//   Live<bool> registered = readiness.add("registered");
//   registered.set(true);
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/live.h"

namespace skerry {

/// Any thread.
class Readiness {
 public:
  /// A condition, false until its handle is set.
  Live<bool> add(std::string name);
  /// A condition that something else sets.
  void add(std::string name, Live<bool> condition);

  /// From now on the process is not ready, whatever the conditions are.
  void stop();

  struct State {
    bool ready = false;
    bool stopping = false;
    std::vector<std::pair<std::string, bool>> conditions;
    /// {"ready":false,"conditions":{"registered":false}}
    std::string json() const;
  };
  State state() const;

 private:
  mutable std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::pair<std::string, Live<bool>>> conditions_;
};

}  // namespace skerry
