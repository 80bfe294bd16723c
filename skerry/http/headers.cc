// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/headers.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "skerry/base/check.h"
#include "skerry/http/characters.h"

namespace skerry::http {
namespace {

/// Room that the first field makes: the fields of an ordinary message fit in.
constexpr std::size_t kFirstCapacity = 256;
/// Bytes of removed fields that are kept before the buffer is rebuilt.
constexpr std::size_t kMaxStaleBytes = 1024;

Result<> validate(std::string_view name, std::string_view value, std::size_t stored_bytes) {
  if (!is_valid_field_name(name)) return fail(Error::invalid_argument("invalid header name"));
  if (!is_valid_field_value(value)) {
    return fail(Error::invalid_argument("the value of header {} has a control character", name));
  }
  if (stored_bytes + name.size() + value.size() > Headers::kMaxBytes) {
    return fail(Error::resource_exhausted("header {} is too long", name));
  }
  return {};
}

}  // namespace

bool is_valid_field_name(std::string_view name) {
  return name.size() <= Headers::kMaxNameBytes && internal::is_token(name);
}

bool is_valid_field_value(std::string_view value) { return internal::all_of_class(value, internal::kFieldCharacter); }

Headers::Headers(const Headers& other) { *this = other; }

Headers& Headers::operator=(const Headers& other) {
  if (this == &other) return *this;
  clear();
  if (other.count_ == 0) return *this;
  const std::size_t entries = other.count_ * sizeof(Entry);
  if (capacity_ < other.capacity_) {
    block_ = std::make_unique_for_overwrite<char[]>(other.capacity_);
    capacity_ = other.capacity_;
  }
  std::memcpy(block_.get(), other.block_.get(), other.bytes_);
  std::memcpy(block_.get() + capacity_ - entries, other.block_.get() + other.capacity_ - entries, entries);
  bytes_ = other.bytes_;
  count_ = other.count_;
  return *this;
}

Result<> Headers::add(std::string_view name, std::string_view value) {
  value = internal::trim(value);
  if (Result<> valid = validate(name, value, bytes_); !valid) return valid;
  push(append(name, value));
  return {};
}

Result<> Headers::set(std::string_view name, std::string_view value) {
  const std::size_t first = find(name, 0);
  if (first == count_) return add(name, value);
  value = internal::trim(value);
  if (Result<> valid = validate(name, value, bytes_); !valid) return valid;
  entry(first) = append(name, value);
  for (std::size_t i = find(name_at(first), first + 1); i < count_; i = find(name_at(first), i)) erase(i);
  compact();
  return {};
}

std::size_t Headers::remove(std::string_view name) {
  // The name may be a view into this object, which compaction would move.
  const std::string wanted(name);
  std::size_t removed = 0;
  for (std::size_t i = find(wanted, 0); i < count_; i = find(wanted, i)) {
    erase(i);
    ++removed;
  }
  if (removed > 0) compact();
  return removed;
}

void Headers::clear() {
  bytes_ = 0;
  count_ = 0;
}

void Headers::reserve(std::size_t bytes) {
  if (bytes > bytes_) make_room(bytes - bytes_);
}

// For so many bytes more, and one entry.
void Headers::make_room(std::size_t bytes) {
  const std::size_t entries = count_ * sizeof(Entry);
  const std::size_t needed = bytes_ + bytes + entries + sizeof(Entry);
  if (needed <= capacity_) return;
  std::size_t grown = std::max({needed, 2 * capacity_, kFirstCapacity});
  grown += (alignof(Entry) - grown % alignof(Entry)) % alignof(Entry);
  auto block = std::make_unique_for_overwrite<char[]>(grown);
  if (block_ != nullptr) {
    std::memcpy(block.get(), block_.get(), bytes_);
    std::memcpy(block.get() + grown - entries, block_.get() + capacity_ - entries, entries);
  }
  block_ = std::move(block);
  capacity_ = grown;
}

bool Headers::points_into(std::string_view text) const {
  return std::less_equal<>()(block_.get(), text.data()) && std::less<>()(text.data(), block_.get() + capacity_);
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  const std::size_t index = find(name, 0);
  if (index == count_) return std::nullopt;
  return (*this)[index].value;
}

std::vector<std::string_view> Headers::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (std::size_t i = find(name, 0); i < count_; i = find(name, i + 1)) values.push_back((*this)[i].value);
  return values;
}

Headers::Field Headers::operator[](std::size_t index) const {
  const Entry& found = entry(index);
  const char* start = block_.get() + found.offset;
  return {{start, found.name_size}, {start + found.name_size, found.value_size}};
}

std::size_t Headers::list_size_bytes() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < count_; ++i) total += entry(i).name_size + entry(i).value_size + kFieldOverheadBytes;
  return total;
}

bool operator==(const Headers& a, const Headers& b) {
  if (a.count_ != b.count_) return false;
  for (std::size_t i = 0; i < a.count_; ++i) {
    if (!(a[i] == b[i])) return false;
  }
  return true;
}

std::string_view Headers::name_at(std::size_t index) const {
  return {block_.get() + entry(index).offset, entry(index).name_size};
}

std::size_t Headers::find(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i < count_; ++i) {
    const Entry& candidate = entry(i);
    if (candidate.name_size != name.size()) continue;
    const char* stored = block_.get() + candidate.offset;
    if (std::memcmp(stored, name.data(), name.size()) == 0) return i;
    std::size_t matched = 0;
    while (matched < name.size() && stored[matched] == internal::to_lower(name[matched])) ++matched;
    if (matched == name.size()) return i;
  }
  return count_;
}

void Headers::erase(std::size_t index) {
  for (std::size_t i = index; i + 1 < count_; ++i) entry(i) = entry(i + 1);
  --count_;
}

Headers::Entry Headers::append(std::string_view name, std::string_view value) {
  SKERRY_CHECK(bytes_ + name.size() + value.size() <= kMaxBytes, "headers over their byte limit");
  // A name or value that came out of this object would move away when the block grows.
  std::string own_copy;
  if (points_into(name) || points_into(value)) {
    own_copy.append(name).append(value);
    const std::string_view copy = own_copy;
    name = copy.substr(0, name.size());
    value = copy.substr(name.size());
  }
  make_room(name.size() + value.size());
  const Entry added{.offset = bytes_,
                    .value_size = static_cast<std::uint32_t>(value.size()),
                    .name_size = static_cast<std::uint16_t>(name.size())};
  char* end = block_.get() + bytes_;
  internal::copy_lower(end, name);
  value.copy(end + name.size(), value.size());
  bytes_ += static_cast<std::uint32_t>(name.size() + value.size());
  return added;
}

void Headers::compact() {
  std::size_t live = 0;
  for (std::size_t i = 0; i < count_; ++i) live += entry(i).name_size + entry(i).value_size;
  if (bytes_ - live <= kMaxStaleBytes) return;
  Headers rebuilt;
  rebuilt.reserve(live);
  for (const Field& field : *this) rebuilt.add_validated(field.name, field.value);
  *this = std::move(rebuilt);
}

}  // namespace skerry::http
