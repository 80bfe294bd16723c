// SPDX-License-Identifier: Apache-2.0
#include "cmd/protoc-gen-skerry/generator.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <memory>

#include "cmd/protoc-gen-skerry/names.h"
#include "cmd/protoc-gen-skerry/writer.h"

namespace skerry::protoc_gen {
namespace {

bool write_file(google::protobuf::compiler::GeneratorContext& context, const std::string& name, std::string_view text) {
  const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> stream(context.Open(name));
  while (!text.empty()) {
    void* data = nullptr;
    int size = 0;
    if (!stream->Next(&data, &size)) return false;
    const std::size_t count = std::min(text.size(), static_cast<std::size_t>(size));
    text.copy(static_cast<char*>(data), count);
    if (static_cast<int>(count) < size) stream->BackUp(size - static_cast<int>(count));
    text.remove_prefix(count);
  }
  return true;
}

}  // namespace

bool Generator::Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                         google::protobuf::compiler::GeneratorContext* context, std::string* error) const {
  if (!parameter.empty()) {
    *error = fmt::format("unknown parameter '{}': protoc-gen-skerry takes none", parameter);
    return false;
  }
  *error = name_conflict(*file);
  if (!error->empty()) return false;
  if (write_file(*context, stem(*file) + ".skerry.h", write_header(*file)) &&
      write_file(*context, stem(*file) + ".skerry.cc", write_source(*file))) {
    return true;
  }
  *error = fmt::format("cannot write the output for {}", file->name());
  return false;
}

}  // namespace skerry::protoc_gen
