// SPDX-License-Identifier: Apache-2.0
#include "bench/support/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace skerry::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double ratio(const Measurement& measurement) {
  const double ours = median(measurement.ours);
  const double peer = median(measurement.peer);
  return measurement.lower_is_better ? peer / ours : ours / peer;
}

void report(const std::string& name, const std::vector<Measurement>& measurements) {
  std::string json = "[";
  for (const Measurement& m : measurements) {
    const auto [low, high] = std::ranges::minmax(m.ours);
    fmt::print("{:<46} {:>10.0f} {} ({:.0f} to {:.0f})   {:>10.0f} {}   ratio {:.2f}\n", m.name, median(m.ours), m.unit,
               low, high, median(m.peer), m.peer_name, ratio(m));
    json += fmt::format(
        "{}\n  {{\"name\": \"{}\", \"unit\": \"{}\", \"ours\": {:.1f}, \"peer\": {:.1f}, \"peer_name\": \"{}\", "
        "\"ratio\": {:.3f}}}",
        json.size() > 1 ? "," : "", m.name, m.unit, median(m.ours), median(m.peer), m.peer_name, ratio(m));
  }
  json += "\n]\n";
  std::filesystem::create_directories("build/bench");
  std::ofstream("build/bench/" + name + ".json") << json;
}

}  // namespace skerry::bench
