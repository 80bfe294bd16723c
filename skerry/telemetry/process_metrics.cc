// SPDX-License-Identifier: Apache-2.0
//
// Source of the fields: proc(5) for /proc/self/stat, /proc/self/fd and /proc/stat. The names are those that Prometheus
// demands of client libraries (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "skerry/telemetry/metrics_registry.h"

namespace skerry::telemetry::internal {
namespace {

// Fields of /proc/self/stat, counted from the state, which follows the name in parentheses.
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

std::string read_file(const char* path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// The fields behind the process's name, which may itself contain blanks and parentheses.
std::vector<double> stat_fields() {
  const std::string content = read_file("/proc/self/stat");
  const std::size_t end_of_name = content.rfind(')');
  std::vector<double> fields;
  if (end_of_name == std::string::npos) return fields;
  std::istringstream rest(content.substr(end_of_name + 1));
  std::string state;
  rest >> state;
  fields.push_back(0);
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double boot_time_seconds() {
  std::istringstream lines(read_file("/proc/stat"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

double count_open_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  double count = 0;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(directory);
  return count - 1;  // The one that reads the directory.
}

void append(std::vector<MetricSnapshot>& snapshots, MetricType type, const char* name, const char* help, double value) {
  MetricSnapshot& snapshot = snapshots.emplace_back();
  snapshot.name = name;
  snapshot.help = help;
  snapshot.type = type;
  snapshot.samples.emplace_back().value = value;
}

}  // namespace

void append_process_metrics(std::vector<MetricSnapshot>& snapshots) {
  const std::vector<double> stat = stat_fields();
  if (stat.size() > kResidentPages) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    append(snapshots, MetricType::kCounter, "process_cpu_seconds_total", "Processor time used, in seconds",
           (stat[kUserTicks] + stat[kSystemTicks]) / ticks);
    append(snapshots, MetricType::kGauge, "process_threads", "Threads of the process", stat[kThreads]);
    append(snapshots, MetricType::kGauge, "process_start_time_seconds", "Start of the process, in seconds since 1970",
           boot_time_seconds() + stat[kStartTicks] / ticks);
    append(snapshots, MetricType::kGauge, "process_virtual_memory_bytes", "Virtual memory, in bytes",
           stat[kVirtualBytes]);
    append(snapshots, MetricType::kGauge, "process_resident_memory_bytes", "Resident memory, in bytes",
           stat[kResidentPages] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  append(snapshots, MetricType::kGauge, "process_open_fds", "Open file descriptors", count_open_descriptors());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    append(snapshots, MetricType::kGauge, "process_max_fds", "The limit of open file descriptors",
           static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace skerry::telemetry::internal
