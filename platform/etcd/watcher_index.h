// SPDX-License-Identifier: Apache-2.0
//
// WatcherIndex: finds the watchers whose range contains a key, in time in proportion to those found (and the logarithm
// of the number of ranges). Watchers of the same range share one group. Single keys are in a hash table, ranges in a
// treap in which every node knows how far the ranges below it reach.
//
//   WatcherIndex<Watcher> index;
//   index.insert(watcher);                         // uses watcher.range and watcher.slot
//   index.visit(key, [](WatcherIndex<Watcher>::Group& group) { ... });
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "platform/etcd/key_range.h"
#include "platform/etcd/key_value.h"
#include "skerry/base/check.h"

namespace skerry::platform::etcd {

/// W has a `KeyRange range`, which does not change while it is in the index, and a `WatcherIndex<W>::Slot slot`. The
/// index owns no watcher. Neither copyable nor movable.
template <class W>
class WatcherIndex {
 public:
  struct Group {
    KeyRange range;
    std::vector<W*> members;
    std::shared_ptr<std::vector<Event>> batch;  // for the caller: what the group's members get next
  };
  /// Where a watcher is; empty while it is in no index.
  struct Slot {
    Group* group = nullptr;
    std::size_t position = 0;
  };

  WatcherIndex() = default;
  WatcherIndex(const WatcherIndex&) = delete;
  WatcherIndex& operator=(const WatcherIndex&) = delete;

  /// Precondition: the watcher is in no index.
  void insert(W& watcher) {
    SKERRY_CHECK(watcher.slot.group == nullptr, "a watcher is in one index at a time");
    Group& group =
        watcher.range.kind == KeyRange::Kind::kSingle ? single_group(watcher.range) : range_group(watcher.range);
    watcher.slot = {&group, group.members.size()};
    group.members.push_back(&watcher);
    ++size_;
  }

  /// Precondition: the watcher is in this index.
  void erase(W& watcher) {
    Group& group = *watcher.slot.group;
    W* last = group.members.back();
    group.members[watcher.slot.position] = last;
    last->slot.position = watcher.slot.position;
    group.members.pop_back();
    watcher.slot = {};
    --size_;
    if (!group.members.empty()) return;
    if (group.range.kind == KeyRange::Kind::kSingle) {
      singles_.erase(singles_.find(group.range.begin));
    } else {
      erase_node(root_, watcher.range);
    }
  }

  /// Calls `visit(Group&)` for every group whose range contains the key. The index must not change meanwhile.
  template <class Visit>
  void visit(std::string_view key, const Visit& visit) {
    if (auto it = singles_.find(key); it != singles_.end()) visit(*it->second);
    visit_node(root_.get(), key, visit);
  }

  std::size_t size() const { return size_; }

 private:
  struct Node {
    Group group;
    std::uint64_t priority = 0;
    const KeyRange* furthest = nullptr;  // of the ranges in this subtree, the one that ends last
    std::unique_ptr<Node> left;
    std::unique_ptr<Node> right;
  };
  using NodePointer = std::unique_ptr<Node>;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  static bool is_before(const KeyRange& one, const KeyRange& other) {
    return std::tie(one.begin, one.kind, one.end) < std::tie(other.begin, other.kind, other.end);
  }
  static bool ends_before(const KeyRange& one, const KeyRange& other) {
    if (one.kind == KeyRange::Kind::kUnbounded) return false;
    return other.kind == KeyRange::Kind::kUnbounded || one.end < other.end;
  }
  static bool reaches(const KeyRange& range, std::string_view key) {
    return range.kind == KeyRange::Kind::kUnbounded || key < range.end;
  }

  static void update(Node& node) {
    node.furthest = &node.group.range;
    for (const Node* child : {node.left.get(), node.right.get()})
      if (child != nullptr && ends_before(*node.furthest, *child->furthest)) node.furthest = child->furthest;
  }

  Group& single_group(const KeyRange& range) {
    auto& group = singles_[range.begin];
    if (!group) group = std::make_unique<Group>(Group{.range = range, .members = {}, .batch = nullptr});
    return *group;
  }

  Group& range_group(const KeyRange& range) {
    for (Node* node = root_.get(); node != nullptr;) {
      if (node->group.range == range) return node->group;
      node = is_before(range, node->group.range) ? node->left.get() : node->right.get();
    }
    auto node = std::make_unique<Node>();
    node->group.range = range;
    node->priority = next_priority();
    update(*node);
    Group& group = node->group;
    insert_node(root_, std::move(node));
    return group;
  }

  static void insert_node(NodePointer& at, NodePointer node) {
    if (!at) {
      at = std::move(node);
      return;
    }
    const bool left = is_before(node->group.range, at->group.range);
    NodePointer& child = left ? at->left : at->right;
    insert_node(child, std::move(node));
    if (child->priority > at->priority) {
      NodePointer up = std::move(child);
      NodePointer& inner = left ? up->right : up->left;
      child = std::move(inner);
      update(*at);
      inner = std::move(at);
      at = std::move(up);
    }
    update(*at);
  }

  static NodePointer join(NodePointer left, NodePointer right) {
    if (!left) return right;
    if (!right) return left;
    if (left->priority > right->priority) {
      left->right = join(std::move(left->right), std::move(right));
      update(*left);
      return left;
    }
    right->left = join(std::move(left), std::move(right->left));
    update(*right);
    return right;
  }

  static void erase_node(NodePointer& at, const KeyRange& range) {
    if (at->group.range == range) {
      at = join(std::move(at->left), std::move(at->right));
      return;
    }
    erase_node(is_before(range, at->group.range) ? at->left : at->right, range);
    update(*at);
  }

  template <class Visit>
  static void visit_node(Node* node, std::string_view key, const Visit& visit) {
    if (node == nullptr || !reaches(*node->furthest, key)) return;
    visit_node(node->left.get(), key, visit);
    if (node->group.range.contains(key)) visit(node->group);
    if (node->group.range.begin <= key) visit_node(node->right.get(), key, visit);
  }

  // splitmix64: the shape of the tree needs randomness, and replays need the same shape.
  std::uint64_t next_priority() {
    std::uint64_t x = (seed_ += 0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  }

  std::unordered_map<std::string, std::unique_ptr<Group>, Hash, std::equal_to<>> singles_;
  NodePointer root_;
  std::uint64_t seed_ = 0;
  std::size_t size_ = 0;
};

}  // namespace skerry::platform::etcd
