// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/layers.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>

#include "skerry/base/check.h"

namespace skerry::config {
namespace {

namespace json = boost::json;

// How much of a document that is no object is shown in the error.
constexpr std::size_t kMaxShownBytes = 64;

std::size_t index_of(Layer layer) { return static_cast<std::size_t>(layer); }

// Whether the document itself has the field. The path is one of the mapping's: names joined by points, and an array is
// replaced as a whole, so what follows a bracket does not matter.
bool has_field(const json::value& document, std::string_view path) {
  const json::value* at = &document;
  path = path.substr(0, path.find('['));
  while (!path.empty()) {
    const std::size_t point = path.find('.');
    const std::string_view key = path.substr(0, point);
    path = point == std::string_view::npos ? std::string_view() : path.substr(point + 1);
    if (!at->is_object()) return true;
    at = at->get_object().if_contains(key);
    if (at == nullptr) return false;
  }
  return true;
}

}  // namespace

std::string_view layer_name(Layer layer) {
  static constexpr std::array<std::string_view, kLayerCount> kNames{"defaults", "file", "environment", "registry"};
  return kNames[index_of(layer)];
}

namespace internal {

struct LayerStack::Documents {
  std::array<std::optional<json::value>, kLayerCount> layers;
  json::value merged;
};

LayerStack::LayerStack(std::string_view defaults, Read read)
    : read_(std::move(read)), documents_(std::make_unique<Documents>()) {
  Result<json::value> document = parse_json_value(defaults);
  SKERRY_CHECK(document, "the defaults are JSON");
  documents_->layers[0] = *document;
  documents_->merged = *std::move(document);
}

LayerStack::~LayerStack() = default;

json::value LayerStack::merge(const Documents& documents, Layer highest) const {
  json::value merged = json::object();
  for (std::size_t i = 0; i <= index_of(highest); ++i) {
    if (documents.layers[i]) merge_json(merged, *documents.layers[i]);
  }
  return merged;
}

// Looks at the layer together with those below it alone: a wrong value must not hide behind an upper layer that sets
// the same field. Failures in fields that the layer does not set are for the check of the whole.
Result<> LayerStack::check_own_fields(Layer layer, const Documents& documents,
                                      std::vector<std::string>& warnings) const {
  const json::value& own = *documents.layers[index_of(layer)];
  std::vector<std::string> unknown;
  Result<> read = read_(merge(documents, layer), unknown, false);
  if (!read) {
    const std::string_view field = read.error().detail("field");
    if (field.empty() || has_field(own, field)) return fail(std::move(read).error().annotate(layer_name(layer)));
  }
  for (const std::string& path : unknown) {
    if (has_field(own, path)) {
      warnings.push_back(fmt::format("{}: the unknown field {} is ignored", layer_name(layer), path));
    }
  }
  return {};
}

// Puts the document into its place in `next`, without a look at the layers above.
Result<> LayerStack::put(Layer layer, const json::value* document, Documents& next,
                         std::vector<std::string>& warnings) const {
  SKERRY_CHECK(layer != Layer::kDefaults, "the defaults are what the stack was made with");
  next.layers[index_of(layer)].reset();
  if (document == nullptr) return {};
  if (!document->is_object()) {
    return fail(Error::invalid_argument("{}: expected a JSON object, got {}", layer_name(layer),
                                        json_text(*document).substr(0, kMaxShownBytes)));
  }
  next.layers[index_of(layer)] = *document;
  return check_own_fields(layer, next, warnings);
}

Result<> LayerStack::commit(Layer layer, Documents& next, Applied& applied) {
  next.merged = merge(next, Layer::kRegistry);
  applied.changed = next.merged != documents_->merged;
  std::vector<std::string> unknown;
  Result<> read = read_(next.merged, unknown, true);
  if (!read) return fail(std::move(read).error().annotate(layer_name(layer)));
  *documents_ = std::move(next);
  return {};
}

Result<Applied> LayerStack::apply(Layer layer, const json::value* document) {
  Documents next = *documents_;
  Applied applied;
  Result<> done = put(layer, document, next, applied.warnings);
  if (done) done = commit(layer, next, applied);
  if (!done) return fail(std::move(done));
  return applied;
}

Result<Applied> LayerStack::apply_text(Layer layer, std::string_view text) {
  Result<json::value> document = parse_json_value(text);
  if (!document) return fail(std::move(document).error().annotate(layer_name(layer)));
  return apply(layer, &*document);
}

Result<Applied> LayerStack::apply_environment(const std::vector<EnvironmentVariable>& variables, const Schema& schema) {
  return start(std::nullopt, variables, schema);
}

Result<Applied> LayerStack::start(const std::optional<std::string>& file,
                                  const std::vector<EnvironmentVariable>& variables, const Schema& schema) {
  Documents next = *documents_;
  Applied applied;
  if (file) {
    Result<json::value> document = parse_json_value(*file);
    if (!document) return fail(std::move(document).error().annotate(layer_name(Layer::kFile)));
    Result<> put_file = put(Layer::kFile, &*document, next, applied.warnings);
    if (!put_file) return fail(std::move(put_file));
  }
  std::vector<std::string> unknown;
  const json::value document = environment_document(variables, schema, unknown);
  for (const std::string& name : unknown) {
    applied.warnings.push_back(fmt::format("environment: {} names no field and is ignored", name));
  }
  Result<> done = put(Layer::kEnvironment, &document, next, applied.warnings);
  if (done) done = commit(Layer::kEnvironment, next, applied);
  if (!done) return fail(std::move(done));
  return applied;
}

const json::value& LayerStack::merged() const { return documents_->merged; }

Layer LayerStack::origin(std::string_view path) const {
  for (std::size_t i = kLayerCount; i-- > 1;) {
    if (documents_->layers[i] && has_field(*documents_->layers[i], path)) return static_cast<Layer>(i);
  }
  return Layer::kDefaults;
}

}  // namespace internal
}  // namespace skerry::config
