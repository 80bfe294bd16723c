// SPDX-License-Identifier: Apache-2.0
//
// Metadata: the named values that travel with a call beside its messages, in both directions. Keys are lower case; a
// key that ends in "-bin" holds arbitrary bytes, any other printable ASCII. Values are plain here: base64 is applied
// and removed on the wire (PROTOCOL-HTTP2, "Custom-Metadata").
//
//   Metadata metadata{{"x-tenant", "blue"}, {"signature-bin", bytes}};
//   co_await with_metadata(metadata, users.GetUser(request));
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"

namespace skerry::grpc {

class Metadata {
 public:
  struct Entry {
    std::string key;
    std::string value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  Metadata() = default;
  Metadata(std::initializer_list<Entry> entries);

  /// Adds an entry after those of the same key. The key is turned to lower case. Whether both may be sent is checked
  /// when they are (check_metadata).
  void add(std::string_view key, std::string value);
  /// Adds all entries of the other.
  void append(const Metadata& other);

  /// The first value of the key (in lower case), or nullopt. Valid until the metadata changes.
  std::optional<std::string_view> find(std::string_view key) const;
  /// All values of the key, in order.
  std::vector<std::string_view> find_all(std::string_view key) const;

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  friend bool operator==(const Metadata&, const Metadata&) = default;

 private:
  std::vector<Entry> entries_;
};

/// True for keys whose values are bytes.
bool is_binary_key(std::string_view key);

/// True for names that belong to gRPC and HTTP and are neither sent nor received as metadata: pseudo-headers, names
/// that begin with "grpc-", and content-type, te, user-agent, content-length, host and the headers of one connection.
bool is_reserved_key(std::string_view key);

/// kInvalidArgument when an entry cannot be sent: a key that is empty, reserved or has a character outside [a-z0-9_.-],
/// or a value that is not printable ASCII under a key without "-bin".
Result<> check_metadata(const Metadata& metadata);

/// The value as it stands in a header: base64 without padding under a "-bin" key, else unchanged.
std::string encode_metadata_value(std::string_view key, std::string_view value);

/// Adds the entries of one received header field: under a "-bin" key the value is cut at commas and each part decoded,
/// padded or not; any other value is trimmed. Reserved keys and parts that are not base64 are left out, since no valid
/// HTTP value may fail a call.
void add_received_header(Metadata& metadata, std::string_view name, std::string_view value);

}  // namespace skerry::grpc
