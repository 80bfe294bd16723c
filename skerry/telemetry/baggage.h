// SPDX-License-Identifier: Apache-2.0
//
// Baggage: names and values that travel with a request through every service, as the header `baggage` of W3C Baggage
// (https://www.w3.org/TR/baggage/). It is for what the far end needs to know (a tenant, a test run), is visible to
// everyone on the way, and therefore never a place for secrets. A value; copies share their entries.
//
//   Baggage baggage = Baggage().with("tenant", "blue");
//   baggage.find("tenant");                       // "blue"
//   baggage.header();                             // "tenant=blue"
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::telemetry {

/// What W3C Baggage section 3.3.2 obliges everyone to carry on; what goes beyond is cut off, by whole members.
inline constexpr std::size_t kMaxBaggageMembers = 64;
inline constexpr std::size_t kMaxBaggageBytes = 8192;

class Baggage {
 public:
  struct Entry {
    std::string key;
    /// Decoded: the header's percent-encoding is undone, and what was no UTF-8 is U+FFFD.
    std::string value;
    /// The properties behind the value as they were written, such as "ttl=5;hidden". Carried on unchanged.
    std::string properties;

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  Baggage() = default;

  /// Parses the header (several header lines joined with commas). nullopt where it breaks the grammar: a header that
  /// two readers could understand differently is carried by neither. Of a key that appears twice the last one counts.
  /// Members beyond a limit are left out.
  static std::optional<Baggage> parse(std::string_view header);

  bool empty() const { return entries_ == nullptr || entries_->empty(); }
  /// The entries in the order of the header. Valid as long as this value or a copy of it.
  const std::vector<Entry>& entries() const;
  /// The value of a key; nullopt where it is absent. Valid as long as this value or a copy of it.
  std::optional<std::string_view> find(std::string_view key) const;

  /// This baggage with `key` set. A key that is no token (RFC 9110 section 5.6.2) cannot travel and is not added, nor
  /// is a member beyond the limits.
  Baggage with(std::string_view key, std::string_view value) const;
  Baggage without(std::string_view key) const;

  /// The header's text; empty for no baggage.
  std::string header() const;

  friend bool operator==(const Baggage& a, const Baggage& b) { return a.entries() == b.entries(); }

 private:
  explicit Baggage(std::vector<Entry> entries);

  std::shared_ptr<const std::vector<Entry>> entries_;
};

}  // namespace skerry::telemetry
