// SPDX-License-Identifier: Apache-2.0
//
// What a benchmark leaves: lines for people, and build/bench/NAME.json for programs (design: a list of objects with
// name, unit, ours, peer, peer_name and ratio, which above 1 is better than the peer whatever the unit).
#pragma once

#include <string>
#include <vector>

namespace skerry::bench {

struct Measurement {
  std::string name;
  std::string unit;
  /// The values of all repetitions; the median counts.
  std::vector<double> ours;
  std::vector<double> peer;
  std::string peer_name;
  bool lower_is_better = false;
};

double median(std::vector<double> values);
double ratio(const Measurement& measurement);

/// Prints the table and writes build/bench/NAME.json below the working directory.
void report(const std::string& name, const std::vector<Measurement>& measurements);

}  // namespace skerry::bench
