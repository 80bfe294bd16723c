// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/compiler/plugin.h>

#include "cmd/protoc-gen-skerry/generator.h"

int main(int argc, char** argv) {
  const skerry::protoc_gen::Generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
