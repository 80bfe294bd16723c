// SPDX-License-Identifier: Apache-2.0
//
// For tests: requests and answers as protobuf text, which is shorter to read than a row of setters.
#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace skerry::platform::etcd {

/// The message that `text` describes; a text that is not of this message fails the test.
template <class Message>
Message from_text(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

/// The message on one line.
inline std::string to_text(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(message, &text);
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace skerry::platform::etcd
