// SPDX-License-Identifier: Apache-2.0
//
// Headers: the fields of a message, in order, with names that compare without regard to case and may occur more than
// once. The one thing to know: what cannot be written safely cannot be stored. `add` and `set` refuse names that are
// not tokens and values with CR, LF, NUL or another control character, so no value, wherever it came from, can split a
// message; a refused field is not stored.
//
//   Headers headers;
//   if (auto added = headers.add("Location", location); !added) return fail(std::move(added));
//   headers.get("location");                  // std::optional<std::string_view>
//   for (auto [name, value] : headers) ...    // names in lower case, as HTTP/2 requires
//
// Everything sits in one block of memory, so a message costs one allocation, a copy of it another, and to move it costs
// nothing. The views given out are valid until the next change of the object; to move it is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/result.h"

namespace skerry::http {

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
    friend bool operator==(const Field&, const Field&) = default;
  };

  /// What RFC 9113 section 6.5.2 adds to each field when it counts the size of a header list, in bytes.
  static constexpr std::size_t kFieldOverheadBytes = 32;
  /// The longest name that can be stored, in bytes.
  static constexpr std::size_t kMaxNameBytes = 0xffff;
  /// The most bytes that one object holds.
  static constexpr std::size_t kMaxBytes = 0x7fff'ffff;

  Headers() = default;
  Headers(const Headers& other);
  Headers& operator=(const Headers& other);
  Headers(Headers&& other) noexcept
      : block_(std::move(other.block_)),
        capacity_(std::exchange(other.capacity_, 0)),
        bytes_(std::exchange(other.bytes_, 0)),
        count_(std::exchange(other.count_, 0)) {}
  Headers& operator=(Headers&& other) noexcept {
    block_ = std::move(other.block_);
    capacity_ = std::exchange(other.capacity_, 0);
    bytes_ = std::exchange(other.bytes_, 0);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~Headers() = default;

  /// Appends a field. Spaces and tabs around the value are dropped. InvalidArgument, and nothing stored, when the name
  /// is not a token (RFC 9110 section 5.6.2) or the value holds a character that a field value must not (section 5.5);
  /// ResourceExhausted past kMaxBytes.
  Result<> add(std::string_view name, std::string_view value);
  /// Makes `value` the only value of `name`; the field keeps the place of its first occurrence. Errors as `add`.
  Result<> set(std::string_view name, std::string_view value);
  /// Removes all fields of that name; answers how many there were.
  std::size_t remove(std::string_view name);
  void clear();
  /// Makes room for that many bytes of names and values.
  void reserve(std::size_t bytes);

  /// Appends a field that the caller has validated already: for the parsers. Precondition: `add` would not refuse it,
  /// the value has no space at its ends, and neither view is into this object.
  void add_validated(std::string_view name, std::string_view value) { push(append(name, value)); }

  /// The first value of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  /// All values of that name, in order.
  std::vector<std::string_view> get_all(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name, 0) < count_; }

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// The field at `index`. Precondition: index < size().
  Field operator[](std::size_t index) const;
  /// The size as RFC 9113 section 6.5.2 counts it: names, values and 32 bytes for each field.
  std::size_t list_size_bytes() const;

  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Field*;
    using reference = Field;
    Iterator() = default;
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return {headers_, index_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, count_}; }

  /// The same fields in the same order.
  friend bool operator==(const Headers& a, const Headers& b);

 private:
  /// A name and, directly behind it, its value, as offsets into the block.
  struct Entry {
    std::uint32_t offset;
    std::uint32_t value_size;
    std::uint16_t name_size;
  };

  const Entry& entry(std::size_t index) const {
    return *(reinterpret_cast<const Entry*>(block_.get() + capacity_) - 1 - index);
  }
  Entry& entry(std::size_t index) { return *(reinterpret_cast<Entry*>(block_.get() + capacity_) - 1 - index); }
  std::string_view name_at(std::size_t index) const;
  std::size_t find(std::string_view name, std::size_t from) const;
  void erase(std::size_t index);
  void push(const Entry& added) { entry(count_++) = added; }
  Entry append(std::string_view name, std::string_view value);
  void compact();
  void make_room(std::size_t bytes);
  bool points_into(std::string_view text) const;

  /// Names and values from its front, entries from its back: the first one is the last.
  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint32_t count_ = 0;
};

/// Whether `name` may be the name of a field: a token of at most kMaxNameBytes.
bool is_valid_field_name(std::string_view name);
/// Whether `value` may be the value of a field: no control characters but the tab.
bool is_valid_field_value(std::string_view value);

}  // namespace skerry::http
