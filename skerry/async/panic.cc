// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/panic.h"

namespace skerry {

void panic(const std::string& message) { throw Panic(message); }

std::string panic_message(const std::exception_ptr& caught) {
  try {
    std::rethrow_exception(caught);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace skerry
