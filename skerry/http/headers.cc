// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/headers.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "skerry/base/check.h"
#include "skerry/http/characters.h"

namespace skerry::http {
namespace {

/// Room that the first field makes: the fields of an ordinary message fit in, and cost one allocation.
constexpr std::size_t kFirstBytes = 160;
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

bool points_into(std::string_view text, const std::string& buffer) {
  return std::less_equal<>()(buffer.data(), text.data()) &&
         std::less<>()(text.data(), buffer.data() + buffer.size() + 1);
}

}  // namespace

bool is_valid_field_name(std::string_view name) {
  return name.size() <= Headers::kMaxNameBytes && internal::is_token(name);
}

bool is_valid_field_value(std::string_view value) { return internal::all_of_class(value, internal::kFieldCharacter); }

Headers::Headers(Headers&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      count_(std::exchange(other.count_, 0)),
      inline_(other.inline_),
      overflow_(std::move(other.overflow_)) {
  other.clear();
}

Headers& Headers::operator=(Headers&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = std::move(other.bytes_);
  count_ = other.count_;
  inline_ = other.inline_;
  overflow_ = std::move(other.overflow_);
  other.clear();
  return *this;
}

Result<> Headers::add(std::string_view name, std::string_view value) {
  value = internal::trim(value);
  if (Result<> valid = validate(name, value, bytes_.size()); !valid) return valid;
  push(append(name, value));
  return {};
}

Result<> Headers::set(std::string_view name, std::string_view value) {
  const std::size_t first = find(name, 0);
  if (first == count_) return add(name, value);
  value = internal::trim(value);
  if (Result<> valid = validate(name, value, bytes_.size()); !valid) return valid;
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
  bytes_.clear();
  overflow_.clear();
  count_ = 0;
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
  const char* start = bytes_.data() + found.offset;
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
  return {bytes_.data() + entry(index).offset, entry(index).name_size};
}

std::size_t Headers::find(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i < count_; ++i) {
    const Entry& candidate = entry(i);
    if (candidate.name_size != name.size()) continue;
    const char* stored = bytes_.data() + candidate.offset;
    std::size_t matched = 0;
    while (matched < name.size() && stored[matched] == internal::to_lower(name[matched])) ++matched;
    if (matched == name.size()) return i;
  }
  return count_;
}

void Headers::erase(std::size_t index) {
  for (std::size_t i = index; i + 1 < count_; ++i) entry(i) = entry(i + 1);
  --count_;
  if (count_ >= kInlineEntries) overflow_.pop_back();
}

Headers::Entry Headers::append(std::string_view name, std::string_view value) {
  SKERRY_CHECK(bytes_.size() + name.size() + value.size() <= kMaxBytes, "headers over their byte limit");
  // A name or value that came out of this object would move away under the first of the two appends.
  std::string own_copy;
  if (points_into(name, bytes_) || points_into(value, bytes_)) {
    own_copy.append(name).append(value);
    const std::string_view copy = own_copy;
    name = copy.substr(0, name.size());
    value = copy.substr(name.size());
  }
  const Entry added{.offset = static_cast<std::uint32_t>(bytes_.size()),
                    .value_size = static_cast<std::uint32_t>(value.size()),
                    .name_size = static_cast<std::uint16_t>(name.size())};
  const std::size_t end = bytes_.size() + name.size() + value.size();
  if (end > bytes_.capacity()) bytes_.reserve(std::max(end, kFirstBytes));
  bytes_.append(name);
  std::ranges::transform(name, bytes_.data() + added.offset, &internal::to_lower);
  bytes_.append(value);
  return added;
}

void Headers::push(const Entry& added) {
  if (count_ < kInlineEntries) {
    inline_[count_] = added;
  } else {
    overflow_.push_back(added);
  }
  ++count_;
}

void Headers::compact() {
  std::size_t live = 0;
  for (std::size_t i = 0; i < count_; ++i) live += entry(i).name_size + entry(i).value_size;
  if (bytes_.size() - live <= kMaxStaleBytes) return;
  std::string rebuilt;
  rebuilt.reserve(live);
  for (std::size_t i = 0; i < count_; ++i) {
    Entry& moved = entry(i);
    const auto offset = static_cast<std::uint32_t>(rebuilt.size());
    rebuilt.append(bytes_, moved.offset, std::size_t{moved.name_size} + moved.value_size);
    moved.offset = offset;
  }
  bytes_ = std::move(rebuilt);
}

}  // namespace skerry::http
