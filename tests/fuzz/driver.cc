// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target without libFuzzer, so that every ordinary test run takes a short walk with it: first over the
// files of the seed corpus, then over random mutations of them. Every mutation follows from the seed and its own
// number, so a failure is run again alone by the command that the failure prints.
//
//   json_fuzzer CORPUS [--runs N] [--seconds S] [--seed SEED] [--only RUN]
//
// CORPUS is a directory, or one file. For a long hunt guided by coverage, build with libFuzzer: ./dev fuzz NAME
// SECONDS.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::uint64_t kDefaultRuns = 20'000;
constexpr std::uint64_t kDefaultSeconds = 3;
constexpr std::size_t kMaxInputBytes = 64 * 1024;

struct Options {
  std::filesystem::path corpus;
  std::uint64_t runs = kDefaultRuns;
  std::uint64_t seconds = kDefaultSeconds;
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> only;
};

// What a crash handler can still print: prepared before the run, because a handler may not allocate.
std::array<char, 4096> g_replay_command{};

extern "C" void print_replay_command(int signal_number) {
  const std::size_t length = std::strlen(g_replay_command.data());
  if (::write(STDERR_FILENO, g_replay_command.data(), length) < 0) std::_Exit(1);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

// Values at which length fields, counters and signs go wrong.
constexpr std::array<std::uint64_t, 12> kEdges{0,      1,      0x7f,       0x80,       0xff,       0x7fff,
                                               0xffff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffffffffffff};

void write_edge_number(Random& random, std::string& input) {
  const std::uint64_t edge = kEdges[below(random, kEdges.size())];
  const std::size_t width = std::min<std::size_t>(std::size_t{1} << below(random, 4), input.size());
  const std::size_t at = below(random, input.size() - width + 1);
  const bool big_endian = (random() & 1) != 0;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t byte = big_endian ? width - 1 - i : i;
    input[at + i] = static_cast<char>(edge >> (8 * byte));
  }
}

void mutate(Random& random, const std::vector<std::string>& seeds, std::string& input) {
  const std::size_t at = below(random, input.size());
  const std::size_t length = below(random, std::min<std::size_t>(input.size() - at, 32) + 1);
  const auto byte = static_cast<char>(random());
  switch (input.empty() ? 4 : below(random, 9)) {
    case 0:
      input[at] = static_cast<char>(input[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      input[at] = byte;
      break;
    case 2:
      input.erase(at, length);
      break;
    case 3:
      input.resize(at);
      break;
    case 4:
      input.insert(at, 1 + below(random, 4), byte);
      break;
    case 5:
      input.insert(below(random, input.size() + 1), input.substr(at, length));
      break;
    case 6:
      write_edge_number(random, input);
      break;
    case 7:  // a byte that the format gives a meaning to, where it has none
      input[below(random, input.size())] = input[at];
      break;
    default: {
      const std::string& other = seeds[below(random, seeds.size())];
      input = input.substr(0, at) + other.substr(below(random, other.size()));
    }
  }
  if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
}

std::string mutated_input(const std::vector<std::string>& seeds, std::uint64_t seed, std::uint64_t run) {
  std::seed_seq sequence{seed & 0xffffffff, seed >> 32, run & 0xffffffff, run >> 32};
  Random random(sequence);
  std::string input = seeds[below(random, seeds.size())];
  for (std::size_t left = 1 + below(random, 6); left > 0; --left) mutate(random, seeds, input);
  return input;
}

void run_target(const std::string& input) {
  // A copy of its exact size, so that AddressSanitizer sees a read past the end.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  options.seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  if (argc < 2 || argc % 2 != 0) return std::nullopt;
  options.corpus = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto number = parse_number(argv[i + 1]);
    if (!number) return std::nullopt;
    if (name == "--runs") {
      options.runs = *number;
    } else if (name == "--seconds") {
      options.seconds = *number;
    } else if (name == "--seed") {
      options.seed = *number;
    } else if (name == "--only") {
      options.only = *number;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::vector<std::filesystem::path> corpus_files(const std::filesystem::path& corpus) {
  if (!std::filesystem::is_directory(corpus)) return {corpus};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  // The order is part of what a seed means.
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::vector<std::string>> read_seeds(const std::filesystem::path& corpus) {
  std::vector<std::string> seeds;
  for (const auto& path : corpus_files(corpus)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return std::nullopt;
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    std::snprintf(g_replay_command.data(), g_replay_command.size(), "the input was the file %s\n", path.c_str());
    run_target(seeds.back());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "no seed files in %s\n", corpus.c_str());
    return std::nullopt;
  }
  return seeds;
}

void run_mutation(const char* program, const Options& options, const std::vector<std::string>& seeds,
                  std::uint64_t run) {
  std::snprintf(g_replay_command.data(), g_replay_command.size(), "run it again with: %s %s --seed %llu --only %llu\n",
                program, options.corpus.c_str(), static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(run));
  run_target(mutated_input(seeds, options.seed, run));
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: %s CORPUS [--runs N] [--seconds S] [--seed SEED] [--only RUN]\n", argv[0]);
    return 2;
  }
  for (const int fatal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(fatal, print_replay_command);
  std::printf("seed %llu\n", static_cast<unsigned long long>(options->seed));
  std::fflush(stdout);
  const auto seeds = read_seeds(options->corpus);
  if (!seeds) return 1;
  if (options->only) {
    run_mutation(argv[0], *options, *seeds, *options->only);
    return 0;
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options->seconds);
  std::uint64_t run = 0;
  for (; run < options->runs && std::chrono::steady_clock::now() < end; ++run) {
    run_mutation(argv[0], *options, *seeds, run);
  }
  std::printf("%zu seed files and %llu mutations\n", seeds->size(), static_cast<unsigned long long>(run));
  return 0;
}
