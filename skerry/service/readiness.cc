// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/readiness.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace skerry {

Live<bool> Readiness::add(std::string name) {
  Live<bool> condition(false);
  add(std::move(name), condition);
  return condition;
}

void Readiness::add(std::string name, Live<bool> condition) {
  std::lock_guard lock(mutex_);
  conditions_.emplace_back(std::move(name), std::move(condition));
}

void Readiness::stop() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
}

Readiness::State Readiness::state() const {
  std::lock_guard lock(mutex_);
  State state{.ready = false, .stopping = stopping_, .conditions = {}};
  for (const auto& [name, condition] : conditions_) state.conditions.emplace_back(name, *condition.get());
  state.ready = !stopping_ && std::ranges::all_of(state.conditions, [](const auto& entry) { return entry.second; });
  return state;
}

std::string Readiness::State::json() const {
  boost::json::object named;
  for (const auto& [name, holds] : conditions) named[name] = holds;
  boost::json::object document{{"ready", ready}};
  if (stopping) document["stopping"] = true;
  document["conditions"] = std::move(named);
  return boost::json::serialize(document);
}

}  // namespace skerry
