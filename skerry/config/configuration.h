// SPDX-License-Identifier: Apache-2.0
//
// Configuration<T>: the live configuration of a process. Readers take a snapshot of the typed value or wait for the
// next one; whoever has a new document for a layer (the registry's watch, a reloaded file) applies it. The one thing to
// know: a document that does not fit changes nothing; it is reported, and `last_refusal` keeps the reason until a good
// one comes.
//
//   Result<std::unique_ptr<config::Configuration<OrderConfig>>> made =
//       config::Configuration<OrderConfig>::create({.file = text, .environment = config::process_environment()});
//   auto now = (*made)->get();                             // std::shared_ptr<const OrderConfig>
//   Live<OrderConfig> live = (*made)->live();              // for those who want to be told of changes
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "skerry/async/live.h"
#include "skerry/config/layers.h"

namespace skerry::config {

/// Something that the log should say about the configuration.
struct Report {
  enum class Severity : std::uint8_t {
    kInfo,     ///< A layer changed what is in force.
    kWarning,  ///< Accepted, with something ignored.
    kError,    ///< Refused; what was in force stays.
  };
  Severity severity;
  Layer layer;
  std::string message;
};

/// Called on the thread that applies, never under a lock. May be empty.
using Reporter = std::function<void(const Report&)>;

/// What the layers begin with.
template <class T>
struct ConfigurationStart {
  T defaults{};
  /// The file layer's JSON object; nullopt where there is none.
  std::optional<std::string> file;
  std::vector<EnvironmentVariable> environment;
  Reporter reporter;
};

/// See the head of this file. All methods may be called from any thread.
template <class T>
class Configuration {
 public:
  using Snapshot = typename Live<T>::Snapshot;

  /// Fails where a later change would only be refused: a process does not start on a file or an environment that is
  /// wrong, and not on defaults that nothing made valid.
  static Result<std::unique_ptr<Configuration>> create(ConfigurationStart<T> start) {
    auto configuration =
        std::make_unique<Configuration>(ByCreate(), std::move(start.defaults), std::move(start.reporter));
    Result<> started = configuration->finish(
        Layer::kEnvironment, [&] { return configuration->layers_.start(start.file, start.environment); });
    if (!started) return fail(std::move(started));
    return configuration;
  }

  /// The value in force.
  Snapshot get() const { return live_.get(); }
  /// A handle to the value in force, for those who watch it or pass it on.
  Live<T> live() const { return live_; }

  /// Replaces a layer by the JSON object in `text`, or takes it away (nullopt), and wakes the watchers if that changes
  /// anything. On a failure nothing changes.
  Result<> apply(Layer layer, const std::optional<std::string>& text) {
    return finish(layer, [&] { return text ? layers_.apply(layer, *text) : layers_.clear(layer); });
  }
  /// Replaces the environment layer.
  Result<> apply_environment(const std::vector<EnvironmentVariable>& variables) {
    return finish(Layer::kEnvironment, [&] { return layers_.apply_environment(variables); });
  }

  /// The effective configuration as JSON text, for people.
  std::string document() const {
    std::lock_guard lock(mutex_);
    return json_text(layers_.document());
  }
  /// The highest layer that sets the field with this path.
  Layer origin(std::string_view path) const {
    std::lock_guard lock(mutex_);
    return layers_.origin(path);
  }
  /// Why the newest document of this layer is not in force; nullopt when it is.
  std::optional<Error> last_refusal(Layer layer) const {
    std::lock_guard lock(mutex_);
    return refusals_[static_cast<std::size_t>(layer)];
  }

 private:
  struct ByCreate {};

 public:
  /// For create.
  Configuration(ByCreate, T defaults, Reporter reporter)
      : reporter_(std::move(reporter)), layers_(std::move(defaults)), live_(layers_.value()) {}

 private:
  template <class Change>
  Result<> finish(Layer layer, Change change) {
    std::unique_lock lock(mutex_);
    Result<Applied> applied = change();
    std::optional<Error>& refusal = refusals_[static_cast<std::size_t>(layer)];
    refusal.reset();
    if (!applied) refusal = applied.error();
    // Under the lock, so that of two changes at once the later one's value is what stays.
    if (applied && applied->changed) live_.set(layers_.value());
    lock.unlock();
    report(layer, applied);
    if (!applied) return fail(std::move(applied));
    return {};
  }

  void report(Layer layer, const Result<Applied>& applied) {
    if (!reporter_) return;
    if (!applied) {
      reporter_({Report::Severity::kError, layer,
                 fmt::format("refused, the last good configuration stays: {}", applied.error().message())});
      return;
    }
    for (const std::string& warning : applied->warnings) reporter_({Report::Severity::kWarning, layer, warning});
    if (applied->changed) {
      reporter_({Report::Severity::kInfo, layer, fmt::format("{}: changed the configuration", layer_name(layer))});
    }
  }

  const Reporter reporter_;
  mutable std::mutex mutex_;
  Layers<T> layers_;
  std::array<std::optional<Error>, kLayerCount> refusals_;
  const Live<T> live_;
};

}  // namespace skerry::config
