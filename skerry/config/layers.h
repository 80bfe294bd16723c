// SPDX-License-Identifier: Apache-2.0
//
// Layers<T>: what a configuration is made of, without I/O. Four layers are merged field by field, each over the ones
// before it: the defaults of the struct, the file (`skerry.yaml`), the environment, and the registry. The one thing to
// know: a document that does not fit is refused as a whole, and what was in force before stays in force.
//
//   struct OrderConfig {
//     int max_items = 100;
//     int downstream_timeout_ms = 500;
//     Result<> validate() const {
//       if (max_items < 1) return fail(invalid_field("max_items", "expected at least 1"));
//       return {};
//     }
//   };
//   BOOST_DESCRIBE_STRUCT(OrderConfig, (), (max_items, downstream_timeout_ms))
//
//   config::Layers<OrderConfig> layers;
//   Result<config::Applied> applied = layers.apply(config::Layer::kRegistry, R"({"max_items": 20})");
//   int limit = layers.value().max_items;      // 20
//
// Every layer has to be valid on top of those below it, so that taking an upper one away never leaves something
// invalid. Not for use by two threads at once; skerry/config/configuration.h is the shared, live face.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/config/environment.h"
#include "skerry/config/schema.h"

namespace skerry::config {

/// In the order in which they are laid over each other.
enum class Layer : std::uint8_t { kDefaults, kFile, kEnvironment, kRegistry };
inline constexpr std::size_t kLayerCount = 4;

/// "defaults", "file", "environment", "registry".
std::string_view layer_name(Layer layer);

/// What an accepted change did.
struct Applied {
  /// False when the effective configuration is the same as before.
  bool changed = false;
  /// Sentences for the log, such as the fields that the struct does not have.
  std::vector<std::string> warnings;
};

namespace internal {

/// The part of Layers that does not depend on T.
class LayerStack {
 public:
  /// Maps a merged document to the typed value and keeps it with keep = true; collects the unknown fields' paths.
  using Read = std::function<Result<>(const boost::json::value& merged, std::vector<std::string>& unknown, bool keep)>;

  /// `defaults` is the JSON text of the struct's defaults, which need not pass its validation.
  LayerStack(std::string_view defaults, Read read);
  ~LayerStack();
  LayerStack(const LayerStack&) = delete;
  LayerStack& operator=(const LayerStack&) = delete;

  Result<Applied> apply_text(Layer layer, std::string_view text);
  Result<Applied> apply(Layer layer, const boost::json::value* document);
  Result<Applied> apply_environment(const std::vector<EnvironmentVariable>& variables, const Schema& schema);
  Result<Applied> start(const std::optional<std::string>& file, const std::vector<EnvironmentVariable>& variables,
                        const Schema& schema);
  const boost::json::value& merged() const;
  Layer origin(std::string_view path) const;

 private:
  struct Documents;
  boost::json::value merge(const Documents& documents, Layer highest) const;
  Result<> put(Layer layer, const boost::json::value* document, Documents& next,
               std::vector<std::string>& warnings) const;
  Result<> commit(Layer layer, Documents& next, Applied& applied);
  Result<> check_own_fields(Layer layer, const Documents& documents, std::vector<std::string>& warnings) const;

  Read read_;
  std::unique_ptr<Documents> documents_;
};

}  // namespace internal

template <class T>
class Layers {
 public:
  explicit Layers(T defaults = T{})
      : value_(std::make_unique<T>(std::move(defaults))),
        stack_(to_json(*value_),
               [target = value_.get()](const boost::json::value& merged, std::vector<std::string>& unknown,
                                       bool keep) -> Result<> {
                 const JsonOptions options{.unknown_fields = UnknownFields::kCollect, .unknown = &unknown};
                 Result<T> read = from_json<T>(merged, options);
                 if (!read) return fail(std::move(read));
                 if (keep) *target = *std::move(read);
                 return {};
               }) {}

  /// Replaces a layer by the JSON object in `text`, whatever it held before.
  /// Errors: INVALID_ARGUMENT that begins with the layer's name and the path of the field; then nothing has changed.
  /// Precondition: the layer is not kDefaults.
  Result<Applied> apply(Layer layer, std::string_view text) { return stack_.apply_text(layer, text); }
  /// The same for a document that is parsed already.
  Result<Applied> apply_document(Layer layer, const boost::json::value& document) {
    return stack_.apply(layer, &document);
  }

  /// Replaces the environment layer; see skerry/config/environment.h for the names.
  Result<Applied> apply_environment(const std::vector<EnvironmentVariable>& variables) {
    return stack_.apply_environment(variables, internal::schema_of<T>());
  }

  /// Sets the file and the environment in one step, as a process does when it starts: neither has to be valid without
  /// the other.
  Result<Applied> start(const std::optional<std::string>& file, const std::vector<EnvironmentVariable>& variables) {
    return stack_.start(file, variables, internal::schema_of<T>());
  }

  /// Takes a layer away, so that the fields it set fall back to the layers below. Fails, and keeps it, when what
  /// remains is not valid.
  Result<Applied> clear(Layer layer) { return stack_.apply(layer, nullptr); }

  /// The effective configuration. Valid until the next change.
  const T& value() const { return *value_; }
  /// The effective configuration as JSON: with unknown fields, which another version may understand.
  const boost::json::value& document() const { return stack_.merged(); }
  /// The highest layer that sets the field with this path ("limits.burst").
  Layer origin(std::string_view path) const { return stack_.origin(path); }

 private:
  std::unique_ptr<T> value_;
  internal::LayerStack stack_;
};

}  // namespace skerry::config
